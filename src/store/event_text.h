#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/event.h"

namespace patchbay::store {

// The one form in which an event is hashed and journalled: every column in order, numbers as 8 bytes, big end
// first, texts after their length. Never changed: the chain of old rows is over it.
void put_number(std::string& out, std::int64_t number);
void put_text(std::string& out, std::string_view text);
void put_event(std::string& out, const Event& event);

// Takes one event off the front of `text`. False where it ends early or claims more than there is.
bool take_event(std::string_view& text, Event& event);

}  // namespace patchbay::store
