#pragma once

#include <optional>
#include <string>

#include "base/http_front.h"
#include "base/http_head.h"
#include "base/http_message.h"

namespace patchbay {

// Decides from its head whether a request comes in: its Host must be one of ours (DNS rebinding), its Origin
// ours or allowed, its path under the base path. Takes the base path off. From a trusted proxy the forwarded
// address and scheme are believed; forwarding headers themselves go no further, and `request.forwarding` says
// what they were. `request.peer` holds the
// address of the connection. Over the control socket any Host will do, for no browser can reach it.
std::optional<Refusal> refuse_at_gate(const FrontConfig& config, bool is_tls, HttpRequest& request);

}  // namespace patchbay
