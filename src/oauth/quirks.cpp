#include "oauth/quirks.h"

#include <algorithm>

#include "base/embedded.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/url.h"

namespace patchbay::oauth {

namespace {

using Texts = std::vector<std::string>;

bool matches(std::string_view host, std::string_view name) {
  if (host == name) return true;
  return host.size() > name.size() && host.ends_with(name) && host[host.size() - name.size() - 1] == '.';
}

void check_origins(const Texts& origins) {
  for (const auto& origin : origins)
    if (const Url url = parse_url(origin); !url.is_https() || url.origin() != origin)
      throw Error::invalid("bad_field", "\"endpoint_origins\" must hold https origins.");
}

std::vector<std::pair<std::string, std::string>> read_parameters(Fields& fields) {
  std::vector<std::pair<std::string, std::string>> parameters;
  const auto entries = fields.find_object("authorize_parameters");
  if (!entries) return parameters;
  const Json& object = fields.value("authorize_parameters");
  Fields values(object, "authorize_parameters");
  for (const auto& [name, value] : object.items()) parameters.emplace_back(name, values.text(name, 256));
  return parameters;
}

Quirks read_entry(Fields fields) {
  Quirks quirks;
  quirks.id = fields.text("id", 40);
  quirks.name = fields.text("name", 80);
  quirks.host_names = fields.texts("host_names", 20, 253);
  for (const auto& name : quirks.host_names)
    if (!is_host_name(name)) throw Error::invalid("bad_field", "\"host_names\" must hold host names.");
  quirks.authorize_parameters = read_parameters(fields);
  quirks.send_resource = fields.find_truth("send_resource").value_or(true);
  quirks.assume_pkce = fields.find_truth("assume_pkce").value_or(false);
  if (const auto name = fields.find_choice(
          "client_auth", {to_text(ClientAuth::none), to_text(ClientAuth::basic), to_text(ClientAuth::post)}))
    quirks.client_auth = parse_client_auth(*name);
  quirks.register_by_hand = fields.find_text("register_by_hand", 400).value_or("");
  quirks.endpoint_origins = fields.find_texts("endpoint_origins", 10, 300).value_or(Texts());
  check_origins(quirks.endpoint_origins);
  quirks.issuers = fields.find_texts("issuers", 10, 300).value_or(Texts());
  for (const auto& issuer : quirks.issuers) parse_url(issuer);
  quirks.tokens.token_types = fields.find_texts("token_types", 10, 40).value_or(Texts());
  quirks.tokens.ended_errors = fields.find_texts("ended_errors", 10, 80).value_or(Texts());
  fields.text("source", 400);  // where the facts come from: for readers of the file
  fields.refuse_others();
  return quirks;
}

}  // namespace

std::vector<Quirks> parse_quirks(std::string_view json) {
  std::vector<Quirks> all;
  try {
    const Json document = parse_json(json);
    Fields fields(document);
    for (const Fields& entry : fields.objects("providers", 200)) all.push_back(read_entry(entry));
    fields.refuse_others();
  } catch (const Error& error) {
    throw Error::internal("oauth_providers", cat("Entry ", all.size() + 1,
                                                 " of the sign-in providers is wrong. ", error.message()));
  }
  return all;
}

const std::vector<Quirks>& all_quirks() {
  static const std::vector<Quirks> all =
      parse_quirks(find_embedded("src/oauth/providers.json").value_or("the file was not built in"));
  return all;
}

const Quirks& quirks_for(const std::vector<std::string>& hosts) {
  static const Quirks none;
  for (const auto& host : hosts)
    for (const Quirks& quirks : all_quirks())
      if (std::any_of(quirks.host_names.begin(), quirks.host_names.end(),
                      [&](const auto& name) { return matches(host, name); }))
        return quirks;
  return none;
}

}  // namespace patchbay::oauth
