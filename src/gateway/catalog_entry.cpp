#include "gateway/catalog_entry.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "gateway/yaml_values.h"
#include "gateway/yaml_words.h"

namespace patchbay::gateway {

namespace {

using Kind = YamlNode::Kind;

class EntryReader : private YamlValues {
 public:
  EntryReader(const YamlTree& tree, const UrlCheck& check_url, std::vector<CatalogProblem>& problems)
      : YamlValues(tree), check_url_(check_url), problems_(problems), known_(problems.size()) {}

  std::optional<CatalogEntry> read(Index entry);

 private:
  struct Field {
    std::string_view name;
    void (*read)(EntryReader& reader, Index value);
    enum class Null : std::uint8_t { is_absent, is_refused } null = Null::is_absent;
  };
  static const std::array<Field, 21> entry_fields;
  static const std::array<Field, 7> oauth_fields;
  static const std::array<Field, 2> tools_fields;
  static const std::array<Field, 3> access_fields;

  void add_problem(Index at, const std::string& field, const std::string& message);
  void read_fields(Index map, std::span<const Field> fields, const std::string& path);
  void read_field(const Field& field, Index value, const std::string& path);
  void refuse_unknown(Index key, std::span<const Field> fields, const std::string& path);
  void require(Index map, std::string_view field, const std::string& path);

  std::string expect_url(Index at);
  void read_name(Index at);
  void read_oauth(Index at);
  void read_callback_host(Index at);
  void read_callback_port(Index at);
  void read_issuers(Index at);
  void read_headers(Index at);
  void read_allow(Index at);
  void read_access(Index at);
  void read_timeout(Index at);
  void finish_auth(Index entry);
  void finish_api_key(Index entry);
  void finish_server(Index entry);

  const UrlCheck& check_url_;
  std::vector<CatalogProblem>& problems_;
  const std::size_t known_;  // problems of other entries
  CatalogEntry entry_;
  CatalogOAuth oauth_;
  std::optional<SecretReference> api_key_;
  std::string api_key_header_;
};

constexpr std::string_view transport_sentence =
    "The transport must be \"http\" or \"sse\"; programs on this machine cannot be in the catalog.";
constexpr std::string_view auth_sentence = "The auth must be \"oauth\", \"none\", \"apiKey\" or \"headers\".";
constexpr std::string_view mode_sentence = "The credentialMode must be \"shared\" or \"perMember\".";
constexpr std::string_view availability_sentence =
    "The availability must be \"forceOn\", \"defaultOn\" or \"defaultOff\".";

constexpr std::string_view certificate_sentence =
    "The certificate must be \"sha256:\" and the 64 hex digits of its SHA-256.";

// One line for each key an entry may have.
const std::array<EntryReader::Field, 21> EntryReader::entry_fields{{
    {"name", [](EntryReader& r, Index at) { r.read_name(at); }},
    {"title", [](EntryReader& r, Index at) { r.entry_.server.title = r.expect_text(at); }},
    {"description", [](EntryReader& r, Index at) { r.entry_.server.description = r.expect_text(at); }},
    {"icon", [](EntryReader& r, Index at) { r.entry_.server.icon = r.expect_text(at); }},
    {"transport",
     [](EntryReader& r, Index at) {
       r.entry_.server.transport = r.expect_one_of(at, parse_transport, transport_sentence);
     }},
    {"url", [](EntryReader& r, Index at) { r.entry_.server.url = r.expect_url(at); }},
    {"auth", [](EntryReader& r,
                Index at) { r.entry_.server.auth = r.expect_one_of(at, parse_auth_type, auth_sentence); }},
    {"apiKey", [](EntryReader& r, Index at) { r.api_key_ = r.expect_reference(at); }},
    {"apiKeyHeader", [](EntryReader& r, Index at) { r.api_key_header_ = r.expect_text(at); }},
    {"headers", [](EntryReader& r, Index at) { r.read_headers(at); }},
    {"oauth", [](EntryReader& r, Index at) { r.read_oauth(at); }},
    {"clients", [](EntryReader& r, Index at) { r.entry_.clients = r.expect_texts(at); }},
    {"credentialMode",
     [](EntryReader& r, Index at) {
       r.entry_.server.credential_mode = r.expect_one_of(at, parse_credential_mode, mode_sentence);
     }},
    {"availability",
     [](EntryReader& r, Index at) {
       r.entry_.server.availability = r.expect_one_of(at, parse_availability, availability_sentence);
     }},
    {"enabled", [](EntryReader& r, Index at) { r.entry_.server.enabled = r.expect_truth(at); }},
    {"tools", [](EntryReader& r, Index at) { r.read_fields(at, tools_fields, "tools."); }},
    {"timeout", [](EntryReader& r, Index at) { r.read_timeout(at); }},
    {"ca", [](EntryReader& r, Index at) { r.entry_.server.ca_file = r.expect_text(at); }},
    {"certificate",
     [](EntryReader& r, Index at) {
       r.entry_.server.pin_sha256 = r.expect_one_of(at, parse_certificate, certificate_sentence);
     }},
    {"pin", [](EntryReader& r, Index at) { r.entry_.server.pin_tools = r.expect_truth(at); }},
    {"access", [](EntryReader& r, Index at) { r.read_access(at); }, Field::Null::is_refused},
}};

const std::array<EntryReader::Field, 7> EntryReader::oauth_fields{{
    {"clientId", [](EntryReader& r, Index at) { r.oauth_.client_id = r.expect_filled(at); }},
    {"scope", [](EntryReader& r, Index at) { r.oauth_.scope = r.expect_text(at); }},
    {"callbackHost", [](EntryReader& r, Index at) { r.read_callback_host(at); }},
    {"callbackPort", [](EntryReader& r, Index at) { r.read_callback_port(at); }},
    {"authorizationUrl", [](EntryReader& r, Index at) { r.oauth_.authorization_url = r.expect_url(at); }},
    {"tokenUrl", [](EntryReader& r, Index at) { r.oauth_.token_url = r.expect_url(at); }},
    {"authorizationServer", [](EntryReader& r, Index at) { r.read_issuers(at); }},
}};

const std::array<EntryReader::Field, 2> EntryReader::tools_fields{{
    {"allow", [](EntryReader& r, Index at) { r.read_allow(at); }},
    {"deny", [](EntryReader& r, Index at) { r.entry_.server.deny = r.expect_texts(at); }},
}};

const std::array<EntryReader::Field, 3> EntryReader::access_fields{{
    {"everyone", [](EntryReader& r, Index at) { r.entry_.server.access.everyone = r.expect_truth(at); }},
    {"people", [](EntryReader& r, Index at) { r.entry_.server.access.people = r.expect_texts(at); }},
    {"teams", [](EntryReader& r, Index at) { r.entry_.server.access.teams = r.expect_texts(at); }},
}};

void EntryReader::add_problem(Index at, const std::string& field, const std::string& message) {
  problems_.push_back({tree_[at].line, tree_[at].column, entry_.server.slug, field, message, false});
}

void EntryReader::read_fields(Index map, std::span<const Field> fields, const std::string& path) {
  expect_map(map);
  each_pair(map, [&](Index key, Index value) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& one) { return one.name == tree_.text(key); });
    if (field == fields.end())
      refuse_unknown(key, fields, path);
    else
      read_field(*field, value, path);
  });
}

void EntryReader::read_field(const Field& field, Index value, const std::string& path) {
  if (tree_.kind(value) == Kind::null && field.null == Field::Null::is_absent) return;
  at_ = value;
  try {  // every problem of an entry is wanted at once, so a refusal ends one field only
    field.read(*this, value);
  } catch (const Error& error) {
    add_problem(at_, cat(path, field.name), error.message());
  }
}

void EntryReader::refuse_unknown(Index key, std::span<const Field> fields, const std::string& path) {
  std::vector<std::string_view> known;
  for (const Field& field : fields) known.push_back(field.name);
  const std::string_view name = tree_.text(key);
  const auto nearest = find_nearest(name, known);
  const std::string hint = nearest ? cat(" Did you mean \"", *nearest, "\"?") : std::string();
  add_problem(key, is_quotable(name) ? cat(path, name) : path,
              cat("There is no field ", quoted(name), " here.", hint));
}

void EntryReader::require(Index map, std::string_view field, const std::string& path) {
  const auto value = find_value(map, field);
  if (!value || tree_.kind(*value) == Kind::null)
    add_problem(value.value_or(map), cat(path, field), cat("The field \"", field, "\" is missing."));
}

std::string EntryReader::expect_url(Index at) {
  std::string url = expect_filled(at);
  if (url.size() > 500) refuse("The URL may have 500 characters at most.");
  check_url_(url);
  refuse_credentials_in(url);
  return url;
}

void EntryReader::read_name(Index at) {
  std::string name = expect_text(at);
  if (!is_slug(name)) refuse("The name must be 1 to 64 letters, digits, \"_\" or \"-\".");
  entry_.server.slug = std::move(name);
}

void EntryReader::read_oauth(Index at) {
  read_fields(at, oauth_fields, "oauth.");
  for (const std::string_view field : {"clientId", "scope", "callbackPort", "authorizationUrl", "tokenUrl"})
    require(at, field, "oauth.");
  entry_.oauth = oauth_;
}

void EntryReader::read_callback_host(Index at) {
  const std::string host = expect_text(at);
  if (trim(host).empty()) return;  // blank stands for the default
  if (host.size() > 253 || host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                  "0123456789.-:[]") != std::string::npos)
    refuse("The callbackHost must be a host name or an address, as in \"localhost\".");
  oauth_.callback_host = host;
}

// Clients read a quoted port too.
void EntryReader::read_callback_port(Index at) {
  const std::string_view text = expect_word(at);
  const auto port = text.starts_with('0') ? std::nullopt : parse_number<std::uint16_t>(text);
  if (!port || *port == 0) refuse("The callbackPort must be a number between 1 and 65535.");
  oauth_.callback_port = *port;
}

void EntryReader::read_issuers(Index at) {
  oauth_.authorization_server = expect_list(at, [this](Index item) { return expect_url(item); });
}

void EntryReader::read_headers(Index at) {
  expect_map(at);
  each_pair(at, [&](Index key, Index value) {
    at_ = key;
    const std::string_view name = tree_.text(key);
    validate_header(name, "reference");
    for (const HeaderReference& other : entry_.headers)
      if (equal_ignoring_case(other.name, name)) refuse(cat("The header ", quoted(name), " is there twice."));
    entry_.headers.push_back({std::string(name), expect_reference(value)});
  });
  at_ = at;
  if (entry_.headers.empty()) refuse("Name at least one header, or leave the field out.");
  if (entry_.headers.size() > 20) refuse("An entry may have 20 headers at most.");
}

// An empty list would allow all tools (domain/server), and nobody who writes one means that.
void EntryReader::read_allow(Index at) {
  entry_.server.allow = expect_texts(at);
  at_ = at;
  if (entry_.server.allow.empty())
    refuse("An empty list would allow every tool. Leave \"allow\" out for that, or set \"enabled: false\".");
}

// An empty mapping is nobody: the catalog says who, once it says anything.
void EntryReader::read_access(Index at) {
  entry_.server.access.everyone = false;
  read_fields(at, access_fields, "access.");
}

// timeout = 1*3DIGIT [ "s" ]
void EntryReader::read_timeout(Index at) {
  std::string_view text = expect_word(at);
  if (text.ends_with('s')) text.remove_suffix(1);
  const auto seconds = text.starts_with('0') ? std::nullopt : parse_number<std::uint32_t>(text);
  if (!seconds || *seconds > 600)
    refuse("The timeout must be a number of seconds between 1 and 600, as in 30 or 30s.");
  entry_.server.timeout = std::chrono::seconds(*seconds);
}

// apiKey is the short form of one header: `apiKeyHeader: <value>`, or `Authorization: Bearer <value>`.
void EntryReader::finish_api_key(Index entry) {
  const bool is_key = entry_.server.auth == AuthType::api_key;
  if (is_key != api_key_.has_value())
    return add_problem(find_value(entry, "apiKey").value_or(entry), "apiKey",
                       "\"auth: apiKey\" and a reference in \"apiKey\" belong together.");
  if (!is_key) {
    if (api_key_header_.empty()) return;
    return add_problem(*find_value(entry, "apiKeyHeader"), "apiKeyHeader", "This needs \"auth: apiKey\".");
  }
  SecretReference value = *api_key_;
  if (api_key_header_.empty() && value.prefix.empty()) value.prefix = "Bearer ";
  entry_.headers.push_back({api_key_header_.empty() ? "Authorization" : api_key_header_, value});
}

void EntryReader::finish_auth(Index entry) {
  if ((entry_.server.auth == AuthType::headers) != !entry_.headers.empty())
    return add_problem(find_value(entry, "headers").value_or(entry), "headers",
                       "\"auth: headers\" and a mapping in \"headers\" belong together.");
  finish_api_key(entry);
}

// The rules of every server, whoever made it; their ids are names of fields.
void EntryReader::finish_server(Index entry) {
  try {
    validate(entry_.server);
  } catch (const Error& error) {
    add_problem(find_value(entry, error.id()).value_or(entry), error.id(), error.message());
  }
}

std::optional<CatalogEntry> EntryReader::read(Index entry) {
  if (tree_.kind(entry) != Kind::map) {
    add_problem(entry, "", "Each item of \"servers\" must be a mapping with name, transport and url.");
    return std::nullopt;
  }
  entry_.server.origin = ServerOrigin::catalog;
  entry_.server.enabled = true;
  // First the name, so that every problem can say it.
  if (const auto name = find_value(entry, "name");
      name && tree_.kind(*name) != Kind::list && is_slug(tree_.text(*name)))
    entry_.server.slug = tree_.text(*name);
  read_fields(entry, entry_fields, "");
  for (const std::string_view field : {"name", "transport", "url"}) require(entry, field, "");
  if (problems_.size() == known_) finish_auth(entry);
  if (problems_.size() == known_) finish_server(entry);
  if (problems_.size() != known_) return std::nullopt;
  if (entry_.server.title.empty()) entry_.server.title = entry_.server.slug;
  return std::move(entry_);
}

}  // namespace

std::optional<CatalogEntry> read_catalog_entry(const YamlTree& tree, YamlTree::Index at,
                                               const UrlCheck& check_url,
                                               std::vector<CatalogProblem>& problems) {
  return EntryReader(tree, check_url, problems).read(at);
}

}  // namespace patchbay::gateway
