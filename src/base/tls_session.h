#pragma once

#include <openssl/types.h>

#include <string>

#include "base/error.h"
#include "base/tls.h"

namespace patchbay {

// For base/stream only: name and trust of one client session, and why its handshake failed.
void prepare_client_session(SSL* session, const TlsTrust& trust, const std::string& host,
                            bool host_is_address);
Error handshake_error(SSL* session, const std::string& host);

}  // namespace patchbay
