#pragma once

#include <string>

#include "domain/event.h"
#include "domain/server.h"

// A server that everyone may use, as an admin would add it.
inline patchbay::Server a_server(const std::string& slug) {
  patchbay::Server server;
  server.id = patchbay::ServerId::create({1'767'323'045'000});
  server.slug = slug;
  server.title = slug;
  server.url = "https://" + slug + ".example/mcp";
  server.enabled = true;
  server.created_at = server.updated_at = {1'767'323'045'000};
  return server;
}

inline patchbay::Event a_call(const std::string& tool) {
  patchbay::Event event;
  event.at = {1'767'323'045'000};
  event.actor = "0198b3a2-0000-7000-8000-000000000001";
  event.actor_name = "ci";
  event.client = "inspector 1.0";
  event.action = "tool.call";
  event.server = "notion";
  event.tool = tool;
  event.outcome = "ok";
  event.duration_us = 1234;
  event.request_bytes = 120;
  event.response_bytes = 4096;
  event.remote = "127.0.0.1";
  return event;
}
