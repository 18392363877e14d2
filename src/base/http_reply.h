#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http_head.h"
#include "base/http_message.h"

namespace patchbay {

// The one table from kinds of errors to HTTP statuses.
int status_of(Error::Kind kind);

// {"error": id, "message": sentence}, never stored by anybody on the way.
HttpReply error_reply(int status, std::string_view id, std::string_view message);
// 401 names the scheme, 429 and 503 say when to come again. What is `internal` keeps its words for the log.
HttpReply error_reply(const Error& error);
// What anything that is not an Error becomes.
HttpReply internal_error_reply();

enum class BodyForm : std::uint8_t { counted, chunked, until_close };

// Appends status line and headers, the empty line included. Headers that are not valid and those that the
// front sets itself (length, coding, connection, nosniff) are left out.
void append_head(std::string& out, int status, const std::vector<Header>& headers, BodyForm form,
                 std::size_t length, bool keep_alive);

// Whether a reply of this status has a body at all (RFC 9110 §6.4.1).
bool allows_body(int status);

}  // namespace patchbay
