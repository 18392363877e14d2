#include "domain/event.h"

#include <nlohmann/json.hpp>

#include "support/catch.h"

using namespace patchbay;
using nlohmann::json;

TEST_CASE("a change is told field by field, and what stayed is not told", "[domain]") {
  Changes changes;
  CHECK(changes.text().empty());
  changes.add("url", "old", "new");
  changes.add("title", "same", "same");
  changes.add("enabled", false, true);
  changes.add("timeout_seconds", std::int64_t{60}, std::int64_t{30});
  changes.add("deny", std::vector<std::string>(), std::vector<std::string>{"drop \"it\""});
  changes.add("icon", "", "/i.svg");
  changes.add("revoked_at", std::optional<Instant>(), Instant{0});
  changes.add_secret("headers");
  changes.leave_out("timeout_seconds");
  CHECK(changes.text() ==
        R"({"url":["old","new"],"enabled":[false,true],"deny":[[],["drop \"it\""]],"icon":[null,"/i.svg"],)"
        R"("revoked_at":[null,"1970-01-01T00:00:00.000Z"],"headers":"changed"})");
}

TEST_CASE("a value of more than 200 characters is cut between two of them", "[domain]") {
  const auto after = [](const ChangeValue& value) {
    Changes changes;
    changes.add("a", ChangeValue(), value);
    return json::parse(changes.text()).at("a").at(1);
  };
  std::string umlauts;
  for (std::size_t i = 0; i < ChangeValue::most_characters; ++i) umlauts += "ä";
  CHECK(after(umlauts) == umlauts);
  CHECK(after(umlauts + "b") == umlauts + "…");
  CHECK(after(std::string(199, 'a') + "\xFF") == std::string(199, 'a') + "\xEF\xBF\xBD");
  CHECK(after(std::vector<std::string>{std::string(196, 'a')}).is_array());
  const json list = after(std::vector<std::string>{std::string(197, 'a')});
  CHECK(list == "[\"" + std::string(197, 'a') + "\"…");
}

TEST_CASE("values that differ behind the cut differ still", "[domain]") {
  Changes changes;
  changes.add("a", std::string(300, 'x') + "1", std::string(300, 'x') + "2");
  CHECK_FALSE(changes.empty());
}

TEST_CASE("the text of a change stays within 4 KB and keeps every field's name", "[domain]") {
  Changes changes;
  std::string quotes(200, '"');  // each takes two bytes
  for (int i = 0; i < 30; ++i) changes.add("field" + std::to_string(i), "", quotes);
  const std::string text = changes.text();
  CHECK(text.size() <= Changes::most_bytes);
  const json told = json::parse(text);
  CHECK(told.size() == 30);
  CHECK(told.at("field0") == json({nullptr, quotes}));
  CHECK(told.at("field29") == "changed");

  Changes many;
  for (int i = 0; i < 1000; ++i) many.add_secret("field" + std::to_string(i));
  CHECK(many.text().size() <= Changes::most_bytes);
  CHECK(json::parse(many.text()).is_object());
}
