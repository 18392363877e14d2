#pragma once

#include <string>

#include "base/http_client.h"

namespace patchbay {

// Writes the head of a request over what `head` held. Throws Error::invalid("bad_header") for a header that
// would break out of its line, or that is ours to write. Where `absolute`, the whole URL is asked for, as
// proxies want it.
void write_request_head(std::string& head, const OutgoingRequest& request, bool absolute);

}  // namespace patchbay
