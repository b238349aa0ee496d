// The microphone of a browser as 16-bit samples for Python, and how long each answer takes to come back.
//
// Nothing is sent but the samples, to the server of this page. A message names its first sample; the server answers
// how many samples it has taken, and what it has not taken is sent again: no sound is lost or heard twice.

const MESSAGE_S = 0.4; // Least sound in a message: fewer round trips, still half a second at most.
const MOST_S = 5; // Most sound in a message.
const HELD_S = 60; // Most that waits where the server is slow; older sound is given up and counted as silence.
const RESEND_MS = 5000;
const WANTED_RATE = 16000;
const CLOSE_MS = 400;

const WORKLET = `
class Samples extends AudioWorkletProcessor {
  process(inputs) {
    const channels = inputs[0];
    if (channels.length) {
      const mono = new Float32Array(channels[0]);
      for (let c = 1; c < channels.length; c++) for (let i = 0; i < mono.length; i++) mono[i] += channels[c][i];
      if (channels.length > 1) for (let i = 0; i < mono.length; i++) mono[i] /= channels.length;
      this.port.postMessage(mono, [mono.buffer]);
    }
    return true;
  }
}
registerProcessor("samples", Samples);
`;

class Microphone {
  constructor(root) {
    this.root = root;
    this.button = root.querySelector("button");
    this.label = root.querySelector(".label");
    this.words = root.querySelector("[role=status]");
    this.meter = root.querySelector(".level > span");
    this.button.onclick = () => (this.run ? this.stop() : this.start());
    this.send = () => {};
    this.run = null;
  }

  async start() {
    this.button.disabled = true;
    this.say("Waiting for the microphone …");
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
      const context = await this.open(stream);
      this.run = {
        id: `${Date.now()}-${Math.random().toString(36).slice(2)}`,
        stream,
        context,
        rate: Math.round(context.sampleRate),
        parts: [], // Samples that the server has not taken yet.
        first: 0, // Index of the first of them.
        count: 0, // Samples heard so far.
        marked: 0, // Time at which the last of them was heard, ms.
        sent: null,
        stopping: false,
        told: 0, // Answers whose delay is known.
        delays: [],
      };
      this.timer = setInterval(() => this.tick(), 100);
      this.show();
    } catch (error) {
      this.say(reason(error));
      this.run = null;
    }
    this.button.disabled = false;
  }

  async open(stream) {
    // Some browsers cannot resample a microphone; there the server does.
    for (const options of [{ sampleRate: WANTED_RATE }, {}]) {
      const context = new AudioContext(options);
      try {
        const source = context.createMediaStreamSource(stream);
        const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
        await context.audioWorklet.addModule(url);
        URL.revokeObjectURL(url);
        const node = new AudioWorkletNode(context, "samples", { numberOfOutputs: 0 });
        node.port.onmessage = (event) => this.hear(event.data);
        source.connect(node);
        await context.resume();
        return context;
      } catch (error) {
        await context.close();
        if (!options.sampleRate) {
          stream.getTracks().forEach((track) => track.stop());
          throw error;
        }
      }
    }
  }

  hear(samples) {
    const run = this.run;
    if (!run || run.stopping) return;
    const block = new Int16Array(samples.length);
    let peak = 0;
    for (let i = 0; i < samples.length; i++) {
      const value = Math.max(-1, Math.min(1, samples[i]));
      peak = Math.max(peak, Math.abs(value));
      block[i] = Math.round(value * 32767);
    }
    this.level = Math.max(peak, 0.85 * (this.level || 0));
    run.parts.push(block);
    run.count += block.length;
    run.marked = performance.now();
    while (run.count - run.first > HELD_S * run.rate) run.first += run.parts.shift().length;
  }

  tick() {
    const run = this.run;
    if (!run) return;
    this.meter.style.width = `${Math.round(100 * Math.sqrt(this.level || 0))}%`;
    if (!run.stopping) this.show();
    const waiting = run.count - run.first;
    if (run.sent && performance.now() - run.sent < RESEND_MS) return;
    if (!run.stopping && waiting < MESSAGE_S * run.rate) return;
    run.sent = performance.now();
    this.send({
      run: run.id,
      rate: run.rate,
      start: run.first,
      samples: encode(run.parts, MOST_S * run.rate),
      end: run.stopping && waiting <= MOST_S * run.rate,
      delays: run.delays,
    });
  }

  // What the server says: how much of the run it has taken, and which answers end where (in samples of the run).
  update(data) {
    const run = this.run;
    if (!run || !data || data.run !== run.id) return;
    if (data.taken > run.first || data.ended) run.sent = null;
    while (run.parts.length && run.first < data.taken) {
      const part = run.parts[0];
      const done = Math.min(part.length, data.taken - run.first);
      if (done === part.length) run.parts.shift();
      else run.parts[0] = part.subarray(done);
      run.first += done;
    }
    run.delays = run.delays.filter(([answer]) => answer >= data.delays);
    for (const [answer, end] of data.answers) {
      if (answer < run.told) continue;
      run.told = answer + 1;
      if (run.stopping) continue; // The end of the recording, not of the words, brought this one.
      const delay = performance.now() - (run.marked - (1000 * (run.count - end)) / run.rate);
      this.delay = delay;
      run.delays.push([answer, Math.round(delay)]);
    }
    if (data.full && !run.stopping) this.stop();
    if (data.ended) this.close();
    else this.tick();
  }

  stop() {
    this.run.stopping = true;
    this.run.stream.getTracks().forEach((track) => track.stop());
    this.button.disabled = true;
    this.say("Finishing …");
  }

  close() {
    clearInterval(this.timer);
    const run = this.run;
    this.run = null;
    this.level = 0;
    this.meter.style.width = "0";
    if (!run) return;
    run.stream.getTracks().forEach((track) => track.stop());
    if (run.context.state !== "closed") run.context.close();
    this.button.disabled = false;
    this.label.textContent = "Start listening";
    this.button.classList.remove("on");
    this.say("Not listening.");
  }

  show() {
    const seconds = Math.floor(this.run.count / this.run.rate);
    this.label.textContent = "Stop";
    this.button.classList.add("on");
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const late = this.delay ? ` Last answer ${(this.delay / 1000).toFixed(1)} s after the words.` : "";
    this.say(`Listening, ${clock}.${late}`);
  }

  say(text) {
    if (this.words.textContent !== text) this.words.textContent = text;
  }
}

function encode(parts, most) {
  let text = "";
  let left = most;
  for (const part of parts) {
    if (left <= 0) break;
    const some = part.subarray(0, left);
    text += String.fromCharCode(...new Uint8Array(some.buffer, some.byteOffset, some.byteLength));
    left -= some.length;
  }
  return btoa(text);
}

function reason(error) {
  const words = {
    NotAllowedError: "The browser was not allowed to use the microphone. Allow it for this page and start again.",
    NotFoundError: "There is no microphone. Plug one in and start again.",
    NotReadableError: "Another program holds the microphone. Close it and start again.",
    SecurityError: "Browsers give the microphone only to pages of this machine or over HTTPS.",
  };
  return words[error.name] || `The microphone cannot be used (${error.name}).`;
}

export default function (component) {
  const root = component.parentElement;
  const microphone = (root.microphone ||= new Microphone(root));
  clearTimeout(microphone.closing);
  microphone.send = (message) => component.setTriggerValue("heard", message);
  microphone.update(component.data);
  // The page may only be drawn anew: what is mounted again at once goes on listening.
  return () => (microphone.closing = setTimeout(() => microphone.close(), CLOSE_MS));
}
