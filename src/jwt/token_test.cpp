#include "jwt/token.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "crypto/base64.h"
#include "crypto/digest.h"
#include "jwt/testing/signer.h"

namespace gmail_mcp::jwt {
namespace {

namespace json = boost::json;

using testing::key_set;
using testing::Signer;

constexpr std::int64_t now_seconds = 1'800'000'000;
const Timestamp now{std::chrono::seconds{now_seconds}};
const Rules rules{"https://login.example.com/", {"https://mail.example.com/mcp"}};

json::object good_claims() {
  return {{"iss", "https://login.example.com/"},
          {"sub", "ann"},
          {"aud", "https://mail.example.com/mcp"},
          {"exp", now_seconds + 300},
          {"iat", now_seconds - 10}};
}

json::object claims_with(std::string_view name, json::value value) {
  auto claims = good_claims();
  claims[name] = std::move(value);
  return claims;
}

json::object claims_without(std::string_view name) {
  auto claims = good_claims();
  claims.erase(name);
  return claims;
}

// "" when the token is taken; otherwise the sentence.
std::string refusal(std::string_view token, std::string_view keys, Timestamp at = now) {
  const auto set = KeySet::parse(keys).value();
  const auto apart = take_apart(token);
  const auto failure = [](const Error& error) {
    EXPECT_EQ(error.code, Errc::unauthenticated);
    return error.message;
  };
  if (!apart) return failure(apart.error());
  const auto claims = verify(*apart, set, rules, at);
  return claims ? std::string{} : failure(claims.error());
}

class Tokens : public ::testing::Test {
 protected:
  std::string refused(std::string_view token) const { return refusal(token, keys_); }
  std::string refused(const json::object& claims, const json::object& header = {}) const {
    return refused(rsa_.sign(claims, header));
  }

  const Signer rsa_{"RS256", "rsa"};
  const Signer ec_{"ES256", "ec"};
  const std::string keys_ = key_set({&rsa_, &ec_});
};

TEST(TokenAlgorithms, each_one_of_ours_is_verified_and_a_changed_byte_refused) {
  for (const auto* name : {"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"}) {
    const Signer signer{name, "k"};
    const auto keys = key_set({&signer});
    auto token = signer.sign(good_claims());
    EXPECT_EQ(refusal(token, keys), "") << name;
    auto& changed = token[token.size() - 20];
    changed = changed == 'A' ? 'B' : 'A';
    EXPECT_EQ(refusal(token, keys), "The token's signature is not by a key of its issuer.") << name;
  }
}

// RFC 7515 A.2 and A.3, RFC 8037 A.4. Their claims are no access token's, which is found out only
// after the signature.
TEST(TokenAlgorithms, published_signatures_are_verified) {
  const std::string claims =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"
      "lfQ";
  const std::string rsa =
      R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmf)"
      R"(HQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wG)"
      R"(zjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZ)"
      R"(lxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54)"
      R"(h4FRWyuXpoQ"})";
  const std::string ec =
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
  const std::string ed =
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  const std::string set = R"({"keys":[)" + rsa + "," + ec + "," + ed + "]}";
  EXPECT_EQ(refusal("eyJhbGciOiJSUzI1NiJ9." + claims +
                        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh"
                        "-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgr"
                        "nbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi"
                        "12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9F"
                        "s98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
                    set),
            "The token is of another issuer.");
  EXPECT_EQ(refusal("eyJhbGciOiJFUzI1NiJ9." + claims +
                        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTU"
                        "JqPP3-Kg6NU1Q",
                    set),
            "The token is of another issuer.");
  EXPECT_EQ(refusal("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLW"
                    "G1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
                    set),
            "The token's claims cannot be read.");
}

TEST_F(Tokens, good_ones_are_taken_whatever_form_their_issuer_gives_them) {
  EXPECT_EQ(refused(good_claims()), "");
  for (const json::object& header :
       {json::object{{"typ", "JWT"}}, json::object{{"typ", "application/AT+JWT"}},
        json::object{{"x5t", "abc"}, {"jku", "https://evil.example/keys"}}}) {
    EXPECT_EQ(refused(good_claims(), header), "") << json::serialize(header);
  }
  const json::array audiences{"account", "https://mail.example.com/mcp"};
  EXPECT_EQ(refused(claims_with("aud", audiences)), "");
  EXPECT_EQ(refused(claims_with("exp", 1'800'000'300.5)), "");
  EXPECT_EQ(refused(claims_without("iat")), "");
  const auto claims = json::serialize(good_claims());
  EXPECT_EQ(refused(rsa_.sign_text(R"({"alg":"RS256","kid":"rsa"})", claims)), "");
  EXPECT_EQ(refused(rsa_.sign_text(R"({"alg":"RS256"})", claims)), "")
      << "no kid: all keys are tried";
  EXPECT_EQ(refused(ec_.sign(good_claims())), "");
}

TEST_F(Tokens, no_attack_on_the_signature_gets_through) {
  const auto claims = json::serialize(good_claims());
  const auto b64 = [](std::string_view text) { return crypto::base64url_encode(text); };
  const auto unsigned_part = b64(R"({"alg":"none"})") + "." + b64(claims);
  const std::string algorithm = "The token is not signed with an algorithm that is accepted.";
  const std::string malformed = "The token is not a signed token (JWT) that can be read.";
  const std::string signature = "The token's signature is not by a key of its issuer.";
  EXPECT_EQ(refused(unsigned_part + "."), algorithm);
  EXPECT_EQ(refused(unsigned_part), malformed);
  for (const auto* name :
       {"None", "NONE", "HS256", "HS512", "RS1", "ES256K", "ES512", "", "rs256"}) {
    EXPECT_EQ(refused(good_claims(), {{"alg", name}}), algorithm) << name;
  }
  EXPECT_EQ(refused(good_claims(), {{"alg", nullptr}}), algorithm);
  EXPECT_EQ(refused(good_claims(), {{"alg", json::array{"RS256"}}}), algorithm);
  // The public key as the key of an HMAC.
  const auto confused = b64(R"({"alg":"HS256","kid":"rsa"})") + "." + b64(claims);
  EXPECT_EQ(refused(confused + "." + b64(crypto::hmac_sha256(rsa_.public_pem(), confused))),
            algorithm);
  // Signed well, but by a key of the sender's own, named by the token itself.
  const Signer own{"RS256", "rsa"};
  EXPECT_EQ(refused(own.sign(good_claims())), signature);
  EXPECT_EQ(refused(own.sign(good_claims(), {{"jwk", own.jwk()}})), signature);
  EXPECT_EQ(refused(own.sign(good_claims(), {{"jku", "https://evil.example/keys.json"}})),
            signature);
  EXPECT_EQ(refused(own.sign(good_claims(), {{"kid", "../../../../dev/null"}})), signature);
  // An algorithm of another type of key, and one that the key does not name.
  EXPECT_EQ(refused(good_claims(), {{"alg", "ES256"}}), signature);
  EXPECT_EQ(refused(ec_.sign(good_claims(), {{"alg", "RS256"}})), signature);
  EXPECT_EQ(refused(good_claims(), {{"alg", "RS384"}}), signature);
  EXPECT_EQ(refused(good_claims(), {{"alg", "PS256"}}), signature);
  EXPECT_EQ(refused(good_claims(), {{"kid", "ec"}}), signature);
  // Numbers of zero satisfy a careless check (CVE-2022-21449).
  const auto ec_part = b64(R"({"alg":"ES256","kid":"ec"})") + "." + b64(claims);
  EXPECT_EQ(refused(ec_part + "." + b64(std::string(64, '\0'))), signature);
  EXPECT_EQ(refused(ec_part + "." + b64(std::string(63, 'x'))), signature);
  EXPECT_EQ(refused(ec_part + "."), signature);
  // The claims of one token with the signature of another.
  const auto token = rsa_.sign(good_claims());
  const auto other = rsa_.sign(claims_with("sub", "bob"));
  EXPECT_EQ(refused(other.substr(0, other.rfind('.')) + token.substr(token.rfind('.'))), signature);
}

TEST_F(Tokens, only_what_was_made_for_us_and_now_is_taken) {
  const auto expect = [this](const json::object& claims, std::string_view sentence) {
    EXPECT_EQ(refused(claims), sentence) << json::serialize(claims);
  };
  for (const auto* issuer : {"https://login.example.com", "https://login.example.com//",
                             "https://LOGIN.example.com/", "https://login.example.com/?x", ""}) {
    expect(claims_with("iss", issuer), "The token is of another issuer.");
  }
  expect(claims_without("iss"), "The token is of another issuer.");
  expect(claims_with("iss", json::array{"https://login.example.com/"}),
         "The token is of another issuer.");
  const std::string audience =
      "The token was made for another server: its audience is not this one.";
  for (const auto* one : {"https://other.example.com/mcp", "https://mail.example.com/mcp/x",
                          "https://mail.example.com", "", "https://mail.example.com/MCP"}) {
    expect(claims_with("aud", one), audience);
  }
  expect(claims_without("aud"), audience);
  expect(claims_with("aud", json::array{}), audience);
  expect(claims_with("aud", json::object{{"https://mail.example.com/mcp", true}}), audience);
  expect(claims_with("exp", now_seconds - 61), "The token has expired.");
  const std::string endless = "The token does not say when it expires.";
  expect(claims_without("exp"), endless);
  for (const json::value& date :
       {json::value("1900000000"), json::value(nullptr), json::value(-1), json::value(1e300)}) {
    expect(claims_with("exp", date), endless);
  }
  for (const auto* name : {"nbf", "iat"}) {
    expect(claims_with(name, now_seconds + 61), "The token is not valid yet.");
    expect(claims_with(name, "soon"), "The token is not valid yet.");
    EXPECT_EQ(refused(claims_with(name, now_seconds + 59)), "") << "clocks differ";
  }
  EXPECT_EQ(refused(claims_with("exp", now_seconds - 59)), "") << "clocks differ";
  expect(claims_with("cnf", json::object{{"jkt", "abc"}}),
         "The token is bound to a key (cnf), which this server cannot check.");
}

TEST_F(Tokens, what_is_no_access_token_is_refused_though_its_issuer_signed_it) {
  for (const auto* type : {"logout+jwt", "dpop+jwt", "secevent+jwt", "at+jwt+x", "JOSE", ""}) {
    EXPECT_EQ(refused(good_claims(), {{"typ", type}}), "The token is not an access token.") << type;
  }
  EXPECT_EQ(refused(good_claims(), {{"typ", 1}}), "The token is not an access token.");
  EXPECT_EQ(refused(good_claims(), {{"crit", json::array{"exp"}}}),
            "The token needs an extension that is not known.");
  EXPECT_EQ(refused(good_claims(), {{"crit", json::array{}}}),
            "The token needs an extension that is not known.");
}

TEST_F(Tokens, a_token_can_be_written_in_one_way_only) {
  const std::string malformed = "The token is not a signed token (JWT) that can be read.";
  const auto token = rsa_.sign(good_claims());
  for (const auto& changed :
       {token + "=", token + ".", token + " ", "." + token, token + ".x", " " + token,
        std::string{}, std::string{".."}, std::string{"a.b.c"}}) {
    EXPECT_EQ(refused(changed), malformed) << changed;
  }
  // Another last character with the same bits, and the other alphabet.
  const auto header = crypto::base64url_encode(R"({"alg":"RS256"})");
  EXPECT_EQ(refused(header + ".e30.aQ"), "The token's signature is not by a key of its issuer.");
  EXPECT_EQ(refused(header + ".e30.aR"), malformed);
  EXPECT_EQ(refused(header + ".e30.-_+/"), malformed);
  const auto claims = json::serialize(good_claims());
  for (const auto* twice :
       {R"({"alg":"RS256","alg":"none"})", R"(["RS256"])", R"("RS256")", "{", "", "\xff"}) {
    EXPECT_EQ(refused(rsa_.sign_text(twice, claims)), malformed) << twice;
  }
  auto repeated = claims;
  repeated.insert(1, R"("sub":"bob",)");
  EXPECT_EQ(refused(rsa_.sign_text(R"({"alg":"RS256"})", repeated)),
            "The token's claims cannot be read.");
  EXPECT_EQ(refused(rsa_.sign_text(R"({"alg":"RS256"})", "[]")),
            "The token's claims cannot be read.");
}

TEST_F(Tokens, what_is_too_long_or_too_deep_is_refused) {
  EXPECT_EQ(refused(claims_with("x", json::string(max_token_bytes, 'x'))),
            "The token is longer than 8 KiB.");
  std::string deep = R"({"alg":"RS256","x":)" + std::string(50, '[') + std::string(50, ']') + "}";
  EXPECT_EQ(refused(rsa_.sign_text(deep, "{}")),
            "The token is not a signed token (JWT) that can be read.");
  EXPECT_EQ(refused(rsa_.sign_text(R"({"alg":"RS256"})", deep)),
            "The token's claims cannot be read.");
}

TEST(KeySets, keys_that_are_weak_malformed_or_for_something_else_are_left_out) {
  const Signer signer{"RS256", "rsa"};
  const Signer ec{"ES256", "ec"};
  const Signer ed{"EdDSA", "ed"};
  const auto usable = [](const json::object& jwk) { return Key::from_jwk(jwk).has_value(); };
  const auto changed = [](json::object jwk, std::string_view name, json::value value) {
    jwk[name] = std::move(value);
    return jwk;
  };
  EXPECT_TRUE(usable(signer.jwk()));
  EXPECT_TRUE(usable(ec.jwk()));
  EXPECT_TRUE(usable(ed.jwk()));
  EXPECT_TRUE(usable(changed(signer.jwk(), "key_ops", json::array{"sign", "verify"})));
  EXPECT_FALSE(usable(changed(signer.jwk(), "use", "enc")));
  EXPECT_FALSE(usable(changed(signer.jwk(), "key_ops", json::array{"encrypt"})));
  EXPECT_FALSE(usable(changed(signer.jwk(), "alg", "RSA-OAEP")));
  EXPECT_FALSE(usable(changed(signer.jwk(), "kty", "rsa")));
  EXPECT_FALSE(usable({{"kty", "oct"}, {"k", "c2VjcmV0"}, {"alg", "HS256"}}));
  EXPECT_FALSE(usable(
      changed(signer.jwk(), "n", json::string{crypto::base64url_encode(std::string(128, '\x81'))})))
      << "1024 bits";
  EXPECT_FALSE(usable(changed(signer.jwk(), "n",
                              json::string{crypto::base64url_encode(std::string(2000, '\x81'))})));
  EXPECT_FALSE(usable(changed(signer.jwk(), "e", "AQ"))) << "1";
  EXPECT_FALSE(usable(changed(signer.jwk(), "e", "AQAA"))) << "even";
  EXPECT_FALSE(usable(changed(signer.jwk(), "e", nullptr)));
  EXPECT_FALSE(usable(changed(ec.jwk(), "y", ec.jwk()["x"]))) << "a point beside the curve";
  EXPECT_FALSE(usable(changed(ec.jwk(), "crv", "P-384")));
  EXPECT_FALSE(usable(changed(ec.jwk(), "crv", "secp256k1")));
  EXPECT_FALSE(usable(changed(ed.jwk(), "x", "AAAA")));
  EXPECT_FALSE(usable(changed(ed.jwk(), "crv", "X25519")));

  json::array keys{json::object{{"kty", "oct"}}, "no key", nullptr, signer.jwk()};
  const auto set = KeySet::parse(json::serialize(json::object{{"keys", keys}}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 1U);
  EXPECT_TRUE(set->knows("rsa"));
  EXPECT_FALSE(set->knows("ec"));
}

TEST(KeySets, what_holds_no_usable_key_is_a_failure_of_the_issuer) {
  for (const auto* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})",
                           R"({"keys":[{"kty":"oct","k":"c2VjcmV0"}]})"}) {
    const auto set = KeySet::parse(text);
    ASSERT_FALSE(set) << text;
    EXPECT_EQ(set.error().code, Errc::unavailable);
  }
  EXPECT_FALSE(KeySet::parse(std::string(300'000, ' ')));
}

TEST(KeySets, few_keys_are_tried_for_one_token) {
  const Signer signer{"ES256", "same"};
  json::array keys;
  for (int i = 0; i < 150; ++i) keys.push_back(signer.jwk());
  const auto set = KeySet::parse(json::serialize(json::object{{"keys", keys}}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 100U);
  EXPECT_EQ(set->candidates(Algorithm::es256, "same").size(), 4U);
  EXPECT_TRUE(set->candidates(Algorithm::es256, "other").empty());
}

}  // namespace
}  // namespace gmail_mcp::jwt
