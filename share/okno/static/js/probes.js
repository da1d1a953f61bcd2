// What the check of the connection tries. Each probe ends by itself, in time, and throws when its way is closed.
import { send } from "./net.js"

const wait = time => new Promise(done => setTimeout(done, time))

function within(time, promise) {
  return Promise.race([promise, wait(time).then(() => { throw new Error("time is over") })])
}

const median = numbers => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** Ten small requests: how long they take, how that varies, how many do not come back. */
export async function address() {
  const times = []
  let lost = 0
  for (let i = 0; i < 11; i += 1) {
    const start = performance.now()
    try {
      await within(5000, send("GET", "/connection/echo", undefined, {}, false, { cache: "no-store" }))
      // The first one may open the connection.
      if (i > 0) times.push(performance.now() - start)
    } catch { if (i > 0) lost += 1 }
    if (lost > 2) { lost = 10 - times.length; break }
  }
  const steps = times.slice(1).map((time, i) => Math.abs(time - times[i]))
  return {
    delay: times.length ? median(times) : 0, jitter: steps.length ? steps.reduce((sum, n) => sum + n, 0) / steps.length : 0,
    loss: lost * 10,
  }
}

function open(path) {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`)
  socket.binaryType = "arraybuffer"
  return within(5000, new Promise((done, fail) => {
    socket.addEventListener("open", () => done(socket))
    socket.addEventListener("close", fail)
  })).catch(error => { socket.close(); throw error })
}

/** Milliseconds until a socket of the page is open. */
export async function opens(path) {
  const start = performance.now()
  const socket = await open(path)
  const time = performance.now() - start
  socket.close()
  return time
}

/** The delay of a wire, and kbit/s in each direction, of two seconds at most. */
export async function media(path) {
  const socket = await open(path)
  try {
    const times = []
    for (let i = 0; i < 10; i += 1) {
      const start = performance.now(), told = answer(socket, 5000)
      socket.send(`echo ${i}`)
      await told
      times.push(performance.now() - start)
    }
    return { media: median(times), "media-up": await pushed(socket), "media-down": await pulled(socket) }
  } finally { socket.close() }
}

const answer = (socket, time) => within(time, new Promise((done, fail) => {
  socket.addEventListener("message", event => done(event.data), { once: true })
  socket.addEventListener("close", fail, { once: true })
}))

const kbit = (bytes, time) => bytes * 8 / Math.max(time, 1)

async function pushed(socket) {
  const portion = crypto.getRandomValues(new Uint8Array(32 << 10)), start = performance.now()
  let sent = 0
  while (performance.now() - start < 2000 && sent < 8 << 20) {
    if (socket.bufferedAmount > 256 << 10) { await wait(5); continue }
    socket.send(portion)
    sent += portion.length
  }
  const told = answer(socket, 10_000)
  socket.send("count")
  return kbit(Number(await told), performance.now() - start)
}

async function pulled(socket) {
  let size = 128, bytes = 0
  const start = performance.now()
  // More and more at once, until it takes long enough to be measured.
  while (performance.now() - start < 1000 && size <= 4096) {
    socket.send(`send ${size}`)
    await within(10_000, new Promise((done, fail) => {
      const hear = event => {
        if (typeof event.data !== "string") { bytes += event.data.byteLength; return }
        socket.removeEventListener("message", hear)
        done()
      }
      socket.addEventListener("message", hear)
      socket.addEventListener("close", fail, { once: true })
    }))
    size *= 2
  }
  return kbit(bytes, performance.now() - start)
}

/** Milliseconds until two ends in this page have spoken through the relay and no other way. */
export async function relay(servers) {
  const start = performance.now(), setting = { iceServers: servers, iceTransportPolicy: "relay" }
  const one = new RTCPeerConnection(setting), other = new RTCPeerConnection(setting)
  try {
    one.addEventListener("icecandidate", event => event.candidate && other.addIceCandidate(event.candidate))
    other.addEventListener("icecandidate", event => event.candidate && one.addIceCandidate(event.candidate))
    const channel = one.createDataChannel("check")
    const spoken = new Promise(done => {
      channel.addEventListener("open", () => channel.send("check"))
      channel.addEventListener("message", done)
      other.addEventListener("datachannel", ({ channel }) => channel.addEventListener("message", event => channel.send(event.data)))
    })
    await one.setLocalDescription()
    await other.setRemoteDescription(one.localDescription)
    await other.setLocalDescription()
    await one.setRemoteDescription(other.localDescription)
    await within(8000, spoken)
    return performance.now() - start
  } finally {
    one.close()
    other.close()
  }
}

/** Kbit/s of a download and of an upload, of three seconds at most each. */
export async function throughput() { return { down: await downloaded(), up: await uploaded() } }

async function downloaded() {
  const stop = new AbortController(), start = performance.now()
  const answer = await send("GET", "/connection/body?kb=16384", undefined, {}, false, { cache: "no-store", signal: stop.signal })
  const reader = answer.body.getReader()
  let bytes = 0
  while (performance.now() - start < 3000) {
    const { done, value } = await Promise.race([reader.read(), wait(3000).then(() => ({ done: true }))])
    if (done) break
    bytes += value.length
  }
  const time = performance.now() - start
  stop.abort()
  if (bytes === 0) throw new Error("nothing came")
  return kbit(bytes, time)
}

async function uploaded() {
  const start = performance.now()
  let size = 128 << 10, bytes = 0
  while (performance.now() - start < 1500 && size <= 8 << 20) {
    const body = new Uint8Array(size)
    for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(body.subarray(at, at + 65_536))
    const answer = await within(20_000, send("POST", "/connection/sink", body, { "Content-Type": "application/octet-stream" }))
    bytes += (await answer.json()).bytes
    size *= 2
  }
  return kbit(bytes, performance.now() - start)
}

/** Whether the browser would give the device without asking. */
export async function isAllowed(name) {
  try { return (await navigator.permissions.query({ name })).state === "granted" } catch { return false }
}
