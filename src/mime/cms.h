#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mime {

/// The contents of an S/MIME file (application/pkcs7-mime: RFC 8551 §3, RFC 5652).
struct Cms {
  enum class Kind {
    unknown,       // not CMS, or none of these
    signed_data,   // `content` is what was signed, a MIME entity; no key is needed to read it
    certificates,  // SignedData without content: it only carries certificates
    encrypted,     // EnvelopedData, AuthEnvelopedData, EncryptedData
    compressed,    // CompressedData (RFC 3274)
  };
  Kind kind = Kind::unknown;
  std::string content;
};

/// Takes the content out of a signature and ignores all that follows it: no signature is verified
/// and no certificate is read. BER and DER. Never fails; content that is cut off is left out.
/// Linear in time and memory; thread-safe.
Cms read_cms(std::string_view bytes);

}  // namespace gmail_mcp::mime
