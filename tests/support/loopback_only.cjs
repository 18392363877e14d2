// Preloaded into sample servers (`node --require`): they listen on every address of the machine,
// and one of their tools prints the environment. With this they listen on 127.0.0.1 only.
const net = require("node:net");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  const names_a_host = typeof rest[0] === "string";
  const is_port = typeof port === "number" || (typeof port === "string" && /^\d+$/.test(port));
  return is_port && !names_a_host ? listen.call(this, Number(port), "127.0.0.1", ...rest) : listen.call(this, port, ...rest);
};
