#include "http/access_body.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"

namespace patchbay::http {

namespace {

constexpr std::size_t most_names = 1000;

ToolPolicy policy_of(const Json& word, std::string_view place) {
  const auto policy = word.is_string() ? parse_tool_policy(word.get<std::string>()) : std::nullopt;
  if (!policy)
    throw Error::invalid("bad_field",
                         cat("\"", clean_text(place, 128, false), "\" must be one of: allow, ask, off."));
  return *policy;
}

}  // namespace

void read_names(Fields& fields, std::string_view key, std::vector<std::string>& into) {
  if (fields.has(key)) into = fields.find_texts(key, most_names).value_or(std::vector<std::string>());
}

void read_access(Fields& fields, Access& into) {
  auto wanted = fields.find_object("access");
  if (!wanted) return;
  into = {};
  read_names(*wanted, "people", into.people);
  read_names(*wanted, "teams", into.teams);
  into.everyone = wanted->find_truth("everyone").value_or(false);
  wanted->refuse_others();
}

void read_rollout(Fields& fields, Rollout& into) {
  into.state = *parse_rollout_state(fields.choice("state", {"on", "pilot", "off", "dark"}));
  read_names(fields, "people", into.people);
  read_names(fields, "teams", into.teams);
}

void read_policies(Fields& fields, ToolPolicies& into) {
  into.otherwise = *parse_tool_policy(fields.choice("otherwise", {"allow", "ask", "off"}));
  if (!fields.has("tools")) return;
  into.named.clear();
  if (fields.is_null("tools")) return;
  const Json& tools = fields.value("tools");
  if (!tools.is_object())
    throw Error::invalid("bad_field", "\"tools\" must be an object of names and policies.");
  if (tools.size() > ToolPolicies::most)
    throw Error::invalid("tool_policy", cat("The policy may name ", ToolPolicies::most, " tools at most."));
  for (const auto& [tool, word] : tools.items()) into.named[tool] = policy_of(word, cat("tools.", tool));
}

Json access_json(const Access& access) {
  return {{"everyone", access.everyone}, {"people", access.people}, {"teams", access.teams}};
}

Json rollout_json(const Rollout& rollout) {
  return {{"state", to_text(rollout.state)}, {"people", rollout.people}, {"teams", rollout.teams}};
}

Json policies_json(const ToolPolicies& policies) {
  Json tools = Json::object();
  for (const auto& [tool, policy] : policies.named) tools[tool] = to_text(policy);
  return {{"otherwise", to_text(policies.otherwise)}, {"tools", std::move(tools)}};
}

}  // namespace patchbay::http
