#include "http/content_coding.h"

#include <algorithm>
#include <optional>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace patchbay::http {

namespace {

constexpr int full_weight = 1000;

// "0.25" as thousandths (RFC 9110 §12.4.2); nothing where it is no weight.
std::optional<int> thousandths(std::string_view text) {
  if (text.empty() || text.size() > 5 || text[0] < '0' || text[0] > '1') return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  std::string digits(text.substr(std::min<std::size_t>(2, text.size())));
  digits.resize(3, '0');
  const auto fraction = parse_number<unsigned>(digits);
  if (!fraction) return std::nullopt;
  const int weight = (text[0] - '0') * full_weight + static_cast<int>(*fraction);
  return weight > full_weight ? std::nullopt : std::optional(weight);
}

// Of one item of Accept-Encoding, "br;q=0.5". A weight that is none takes the coding out.
int weight_of(std::string_view item) {
  const auto semicolon = item.find(';');
  if (semicolon == std::string_view::npos) return full_weight;
  const auto parameter = trim(item.substr(semicolon + 1));
  if (parameter.size() < 2 || ascii_lower(parameter[0]) != 'q' || parameter[1] != '=') return 0;
  return thousandths(parameter.substr(2)).value_or(0);
}

struct Weights {
  int brotli = 0;
  int gzip = 0;
  int identity = 0;
};

// Without the header anything may be sent; what is plain is understood by everybody.
Weights read_weights(const HttpRequest& request) {
  std::optional<int> brotli, gzip, identity, others;
  for (const Header& header : request.headers) {
    if (header.name != "accept-encoding") continue;
    for (const auto item : split(header.value, ',')) {
      const auto coding = trim(item.substr(0, item.find(';')));
      auto* const place = equal_ignoring_case(coding, "br")         ? &brotli
                          : equal_ignoring_case(coding, "gzip")     ? &gzip
                          : equal_ignoring_case(coding, "x-gzip")   ? &gzip
                          : equal_ignoring_case(coding, "identity") ? &identity
                          : coding == "*"                           ? &others
                                                                    : nullptr;
      if (place) *place = weight_of(item);
    }
  }
  const int otherwise = others.value_or(0);
  // Not named, it is welcome, but less than what is: RFC 9110 takes it out by name or by "*;q=0" only.
  const int plain = others && *others == 0 ? 0 : 1;
  return {brotli.value_or(otherwise), gzip.value_or(otherwise), identity.value_or(plain)};
}

struct Chosen {
  std::string_view bytes;
  std::string_view coding;  // empty: as they are
};

// Where the client wants none of what there is, it gets the bytes as they are.
Chosen choose(const HttpRequest& request, const Coded& body) {
  const Weights weights = read_weights(request);
  const int brotli = body.brotli.empty() ? 0 : weights.brotli;
  const int gzip = body.gzip.empty() ? 0 : weights.gzip;
  if (brotli > 0 && brotli >= gzip && brotli >= weights.identity) return {body.brotli, "br"};
  if (gzip > 0 && gzip >= weights.identity) return {body.gzip, "gzip"};
  return {body.identity, ""};
}

// Weakly, as If-None-Match is compared: a proxy that compresses makes our tags weak.
bool is_known(const HttpRequest& request, std::string_view tag) {
  for (const Header& header : request.headers) {
    if (header.name != "if-none-match") continue;
    for (auto item : split(header.value, ',')) {
      item = trim(item);
      if (item == "*") return true;
      if (item.starts_with("W/")) item.remove_prefix(2);
      if (item == tag) return true;
    }
  }
  return false;
}

}  // namespace

std::string tag_of(std::string_view bytes) {
  constexpr std::size_t enough = 12;
  return to_base64url(crypto::sha256(bytes).substr(0, enough));
}

HttpReply coded_reply(const HttpRequest& request, const Coded& body, std::string_view type,
                      std::vector<Header> headers) {
  const Chosen chosen = choose(request, body);
  std::string tag = cat("\"", body.tag, chosen.coding.empty() ? "" : "-", chosen.coding, "\"");
  const bool has_it = is_known(request, tag);
  HttpReply reply{has_it ? 304 : 200, std::move(headers), {}};
  reply.headers.push_back({"ETag", std::move(tag)});
  if (has_it) return reply;
  reply.headers.push_back({"Content-Type", std::string(type)});
  if (!chosen.coding.empty()) reply.headers.push_back({"Content-Encoding", std::string(chosen.coding)});
  reply.body = chosen.bytes;
  return reply;
}

}  // namespace patchbay::http
