#pragma once

#include <string>
#include <string_view>

namespace patchbay {

// Tells the service manager how we are (sd_notify(3)): "READY=1", "WATCHDOG=1", "STOPPING=1", "RELOADING=1".
// Does nothing where `socket` is empty; a manager that does not listen is not our trouble.
void notify_service(const std::string& socket, std::string_view state);

}  // namespace patchbay
