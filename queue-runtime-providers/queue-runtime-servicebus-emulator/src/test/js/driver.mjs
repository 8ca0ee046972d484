// Drives Azure's JavaScript SDK for the conformance scenarios: one JSON request a line on stdin, one JSON answer a line
// on stdout. What the verbs mean is said in conformance/README.md of the test resources.
import { createInterface } from "node:readline";
import { ServiceBusClient } from "@azure/service-bus";
import Long from "long";

const connectionString = process.argv[2];
const clients = new Map();

/** What one scenario holds: the same labels as in its text. */
let scene = newScene();

function newScene() {
  return { senders: new Map(), receivers: new Map(), sessions: new Map(), held: new Map(), numbers: new Map() };
}

function client(name, timeoutInMs = 60000) {
  const key = `${name ?? 1}/${timeoutInMs}`;
  if (!clients.has(key)) {
    clients.set(
      key,
      new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0, timeoutInMs, retryDelayInMs: 50 } }),
    );
  }
  return clients.get(key);
}

function cached(map, key, make) {
  if (!map.has(key)) {
    map.set(key, make());
  }
  return map.get(key);
}

const sender = (queue, o) => cached(scene.senders, `${queue}/${o.client ?? 1}`, () => client(o.client).createSender(queue));

function receiverOptions(o) {
  return {
    receiveMode: o.mode === "delete" ? "receiveAndDelete" : "peekLock",
    subQueueType: o.sub === "dead" ? "deadLetter" : undefined,
    skipParsingBodyAsJson: true,
    maxAutoLockRenewalDurationInMs: 0,
  };
}

function receiver(place, o) {
  if (place.startsWith("@")) {
    return scene.sessions.get(place);
  }
  return cached(scene.receivers, receiverKey(place, o), () =>
    client(o.client).createReceiver(place, receiverOptions(o)),
  );
}

const receiverKey = (queue, o) => `${queue}/${o.sub ?? ""}/${o.mode ?? ""}/${o.client ?? 1}`;

function typed(text) {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  return text;
}

function propertiesIn(o) {
  const properties = {};
  for (const [name, value] of Object.entries(o)) {
    if (name.startsWith("prop.")) properties[name.slice(5)] = typed(value);
  }
  return properties;
}

function message(id, o) {
  const text = o.body ?? "x";
  const body = o.size ? Buffer.alloc(Number(o.size), "x") : Buffer.from(text);
  const applicationProperties = propertiesIn(o);
  for (let i = 0; i < Number(o.many ?? 0); i++) {
    applicationProperties[`p${i}`] = "y".repeat(Number(o.each));
  }
  if (o.bodytype === "value" || o.bodytype === "sequence") {
    // Other kinds of bodies need the form that names every section.
    return {
      body: o.bodytype === "value" ? text : [[text]],
      bodyType: o.bodytype,
      properties: { messageId: id === "-" ? undefined : id, groupId: o.session },
      applicationProperties,
    };
  }
  return {
    body,
    messageId: id === "-" ? undefined : id,
    sessionId: o.session,
    timeToLive: o.ttl === undefined ? undefined : Number(o.ttl),
    subject: o.subject,
    correlationId: o.corr,
    contentType: o.contenttype,
    to: o.to,
    replyTo: o.replyto,
    replyToSessionId: o.replytosession,
    partitionKey: o.pk,
    scheduledEnqueueTimeUtc: o.at === undefined ? undefined : new Date(Date.now() + Number(o.at)),
    applicationProperties,
  };
}

const millis = (date) => (date === undefined ? undefined : String(date.getTime()));
const text = (value) => (value === undefined || value === null ? undefined : String(value));

function view(m) {
  const raw = m._rawAmqpMessage;
  const bodytype = raw.bodyType ?? "data";
  const seen = {
    id: m.messageId,
    body: Buffer.isBuffer(m.body) ? m.body.toString() : bodytype === "sequence" ? [m.body].flat(3).join("+") : text(m.body),
    bodytype,
    count: text(m.deliveryCount),
    seq: text(m.sequenceNumber),
    eseq: text(m.enqueuedSequenceNumber),
    state: m.state,
    session: m.sessionId,
    subject: m.subject,
    corr: text(m.correlationId),
    contenttype: m.contentType,
    to: m.to,
    replyto: m.replyTo,
    replytosession: m.replyToSessionId,
    ttl: text(m.timeToLive),
    pk: m.partitionKey,
    reason: m.deadLetterReason,
    description: m.deadLetterErrorDescription,
    source: m.deadLetterSource,
    lockeduntil: millis(m.lockedUntilUtc),
    enqueued: millis(m.enqueuedTimeUtc),
    expires: millis(m.expiresAtUtc),
    sched: millis(m.scheduledEnqueueTimeUtc),
  };
  for (const [name, value] of Object.entries(m.applicationProperties ?? {})) {
    seen[`prop.${name}`] = text(value);
  }
  scene.numbers.set(m.messageId, m.sequenceNumber);
  return seen;
}

const number = (word) => (/^\d+$/.test(word) ? Long.fromString(word) : (scene.numbers.get(word) ?? Long.fromNumber(-1)));

function hold(from, messages) {
  for (const m of messages) scene.held.set(m.messageId, { from, message: m });
  return { messages: messages.map(view) };
}

async function settle(id, how) {
  const { from, message } = scene.held.get(id);
  await how(from, message);
  return {};
}

async function session(label, accept) {
  const accepted = await accept;
  scene.sessions.set(`@${label}`, accepted);
  return { text: `session ${accepted.sessionId}` };
}

const verbs = {
  async send([queue, id], o) {
    await sender(queue, o).sendMessages(message(id, o));
    return {};
  },
  async batch([queue, ...ids], o) {
    const batch = await sender(queue, o).createMessageBatch();
    for (const id of ids) {
      if (!batch.tryAddMessage(message(id, o))) throw Object.assign(new Error("full"), { code: "MessageSizeExceeded" });
    }
    await sender(queue, o).sendMessages(batch);
    return {};
  },
  async list([queue, ...ids], o) {
    await sender(queue, o).sendMessages(ids.map((id) => message(id, o)));
    return {};
  },
  async schedule([queue, ...ids], o) {
    const at = new Date(Date.now() + Number(o.at));
    const numbers = await sender(queue, o).scheduleMessages(ids.map((id) => message(id, { ...o, at: undefined })), at);
    ids.forEach((id, i) => scene.numbers.set(id, numbers[i]));
    return { text: numbers.map(String).join(" ") };
  },
  async cancel([queue, ...ids], o) {
    await sender(queue, o).cancelScheduledMessages(ids.map(number));
    return {};
  },
  async receive([place], o) {
    const from = receiver(place, o);
    const wanted = Number(o.n ?? 1);
    const messages = [];
    let before;
    do { // the SDK waits for the first message only, and a second for each further one
      before = messages.length;
      messages.push(...(await from.receiveMessages(wanted - before, { maxWaitTimeInMs: Number(o.wait ?? 60000) })));
    } while (before < messages.length && messages.length < wanted);
    return hold(from, messages);
  },
  async deferred([place, ...ids], o) {
    const from = receiver(place, o);
    return hold(from, await from.receiveDeferredMessages(ids.map(number)));
  },
  async peek([place], o) {
    const from = receiver(place, o);
    const start = o.from === undefined ? Long.ONE : number(o.from);
    return { messages: (await from.peekMessages(Number(o.n ?? 50), { fromSequenceNumber: start })).map(view) };
  },
  complete: ([id]) => settle(id, (from, m) => from.completeMessage(m)),
  abandon: ([id], o) => settle(id, (from, m) => from.abandonMessage(m, propertiesIn(o))),
  defer: ([id], o) => settle(id, (from, m) => from.deferMessage(m, propertiesIn(o))),
  deadletter: ([id], o) =>
    settle(id, (from, m) =>
      from.deadLetterMessage(m, {
        ...(o.reason === undefined ? {} : { deadLetterReason: o.reason }),
        ...(o.description === undefined ? {} : { deadLetterErrorDescription: o.description }),
        ...propertiesIn(o),
      }),
    ),
  async renew([id]) {
    const { from, message: m } = scene.held.get(id);
    return { time: millis(await from.renewMessageLock(m)) };
  },
  accept: ([queue, id], o) =>
    session(o.as ?? id, client(o.client, Number(o.wait ?? 60000)).acceptSession(queue, id, receiverOptions(o))),
  next: ([queue], o) =>
    session(o.as, client(o.client, Number(o.wait ?? 60000)).acceptNextSession(queue, receiverOptions(o))),
  async state([place]) {
    const state = await receiver(place, {}).getSessionState();
    return { text: state === null || state === undefined ? "null" : Buffer.isBuffer(state) ? state.toString() : String(state) };
  },
  async setstate([place, value]) {
    await receiver(place, {}).setSessionState(value === undefined ? null : Buffer.from(value));
    return {};
  },
  async renewsession([place]) {
    return { time: millis(await receiver(place, {}).renewSessionLock()) };
  },
  async close([place], o) {
    if (place.startsWith("@")) {
      await scene.sessions.get(place).close();
      scene.sessions.delete(place);
    } else {
      await receiver(place, o).close();
      scene.receivers.delete(receiverKey(place, o));
    }
    return {};
  },
  async end() {
    const open = [...scene.sessions.values(), ...scene.receivers.values(), ...scene.senders.values()];
    scene = newScene();
    await Promise.all(open.map((link) => link.close().catch(() => {})));
    return {};
  },
};

function nameOf(error) {
  return { error: `${error.code ?? error.name ?? "Error"}`, detail: `${error.message}` };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { verb, words, options } = JSON.parse(line);
  let answer;
  try {
    answer = await verbs[verb](words, options);
  } catch (error) {
    answer = nameOf(error);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await Promise.all([...clients.values()].map((c) => c.close().catch(() => {})));
process.exit(0);
