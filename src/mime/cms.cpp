#include "mime/cms.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace gmail_mcp::mime {

namespace {

constexpr int deepest_string = 8;  // octet strings within octet strings

// Goes through the elements of BER (X.690). OpenSSL's own reader of CMS would build an object for
// every certificate: many times the size of the mail, for data that we do not use.
class BerCursor {
 public:
  explicit BerCursor(std::string_view bytes) : rest_{bytes} {}

  struct Element {
    int tag = 0;
    int of_class = 0;
    bool is_constructed = false;
    bool is_indefinite = false;  // the end is marked; there is no length
    std::size_t length = 0;      // of the content, unless is_indefinite

    bool is(int universal_tag) const {
      return of_class == V_ASN1_UNIVERSAL && tag == universal_tag;
    }
    bool is_explicit_zero() const {
      return of_class == V_ASN1_CONTEXT_SPECIFIC && tag == 0 && is_constructed;
    }
    bool is_end() const { return is(V_ASN1_EOC) && length == 0; }
  };

  bool at_end() const { return rest_.empty(); }

  // Moves to the content of the next element.
  std::optional<Element> enter() {
    const auto* at = reinterpret_cast<const unsigned char*>(rest_.data());
    const auto* const begin = at;
    long length = 0;
    Element element;
    const int found = ASN1_get_object(&at, &length, &element.tag, &element.of_class,
                                      static_cast<long>(rest_.size()));
    if ((found & 0x80) != 0) {
      ERR_clear_error();
      return std::nullopt;
    }
    element.is_constructed = (found & V_ASN1_CONSTRUCTED) != 0;
    element.is_indefinite = (found & 1) != 0;
    if (!element.is_indefinite) element.length = static_cast<std::size_t>(length);
    rest_.remove_prefix(static_cast<std::size_t>(at - begin));
    return element;
  }

  std::string_view take(std::size_t length) {
    const auto taken = rest_.substr(0, length);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  // Skips the next element.
  bool skip() {
    std::size_t open = 0;
    do {
      const auto element = enter();
      if (!element) return false;
      if (element->is_indefinite) {
        ++open;
      } else if (element->is_end() && open > 0) {
        --open;
      } else {
        take(element->length);
      }
    } while (open > 0);
    return true;
  }

 private:
  std::string_view rest_;
};

// RFC 5652 and RFC 3274: 1.2.840.113549.1.7.2 and so on, without DER's tag and length.
struct ContentType {
  std::string_view oid;
  Cms::Kind kind;
};
constexpr auto content_types = std::to_array<ContentType>({
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", Cms::Kind::signed_data},
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03", Cms::Kind::encrypted},
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x06", Cms::Kind::encrypted},
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17", Cms::Kind::encrypted},
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09", Cms::Kind::compressed},
});

bool enter_sequence(BerCursor& at) {
  const auto element = at.enter();
  return element && element->is(V_ASN1_SEQUENCE);
}

// "contentType OBJECT IDENTIFIER", which begins ContentInfo and EncapsulatedContentInfo alike.
std::optional<std::string_view> take_oid(BerCursor& at) {
  const auto element = at.enter();
  if (!element || !element->is(V_ASN1_OBJECT) || element->is_indefinite) return std::nullopt;
  return at.take(element->length);
}

// An octet string in one piece or in many.
bool collect_string(BerCursor& at, std::string& out, int depth = 0) {
  const auto element = at.enter();
  if (!element || !element->is(V_ASN1_OCTET_STRING) || depth == deepest_string) return false;
  if (!element->is_constructed) {
    out += at.take(element->length);
    return true;
  }
  if (!element->is_indefinite) {
    BerCursor pieces{at.take(element->length)};
    while (!pieces.at_end()) {
      if (!collect_string(pieces, out, depth + 1)) return false;
    }
    return true;
  }
  for (;;) {
    auto next = at;
    const auto piece = next.enter();
    if (!piece) return false;
    if (piece->is_end()) {
      at = next;
      return true;
    }
    if (!collect_string(at, out, depth + 1)) return false;
  }
}

// The encapContentInfo of SignedData (RFC 5652 §5.1 and §5.2).
Cms read_signed_data(BerCursor at) {
  Cms cms;
  const bool is_sound = enter_sequence(at) && at.skip() /* version */ &&
                        at.skip() /* digestAlgorithms */ && enter_sequence(at) && take_oid(at);
  if (!is_sound) return cms;
  cms.kind = Cms::Kind::certificates;
  const auto content = at.enter();
  if (!content || !content->is_explicit_zero()) return cms;
  cms.kind = Cms::Kind::signed_data;
  if (!collect_string(at, cms.content)) cms.content.clear();
  return cms;
}

}  // namespace

Cms read_cms(std::string_view bytes) {
  Cms cms;
  BerCursor at{bytes};
  if (!enter_sequence(at)) return cms;
  const auto oid = take_oid(at);
  if (!oid) return cms;
  for (const auto& type : content_types) {
    if (*oid == type.oid) cms.kind = type.kind;
  }
  if (cms.kind != Cms::Kind::signed_data) return cms;
  const auto content = at.enter();
  if (!content || !content->is_explicit_zero()) return cms;
  return read_signed_data(at);
}

}  // namespace gmail_mcp::mime
