// Reads an event stream of the appliance: each event as {type, id, data}, data parsed; "comment" for signs of life.
export class EventStream {
  static async open(url, { headers = {}, ...options } = {}) {
    const self = new EventStream();
    self.controller = new AbortController();
    self.response = await fetch(url, { ...options, headers: { Accept: "text/event-stream", ...headers }, signal: self.controller.signal });
    self.status = self.response.status;
    self.events = [];
    self.ended = self.status === 200 ? self.#read() : self.response.text().then((text) => { self.text = text; });
    return self;
  }
  async #read() {
    let rest = "";
    try {
      for await (const piece of this.response.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + piece).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) this.events.push(this.#event(block));
      }
    } catch (error) {
      if (error.name !== "AbortError") this.failure = error;
    }
    this.closed = true;
  }
  #event(block) {
    const event = { type: "message", data: "" };
    for (const line of block.split("\n")) {
      if (line.startsWith(":")) event.type = "comment";
      else if (line.startsWith("event: ")) event.type = line.slice(7);
      else if (line.startsWith("id: ")) event.id = line.slice(4);
      else if (line.startsWith("data: ")) event.data += line.slice(6);
    }
    if (event.data) event.data = JSON.parse(event.data);
    return event;
  }
  of(type) { return this.events.filter((event) => event.type === type); }
  async close() {
    this.controller.abort();
    await this.ended;
  }
}
