// A recording as its parts come: each is asked for once, and read into entries of a moment and bytes.

/** The bytes of one part: [moment u32][length u32][bytes], the first entry being what a viewer must know of the screen. */
export function entries(bytes) {
  const view = new DataView(bytes), found = []
  for (let place = 0; place + 8 <= bytes.byteLength;) {
    const length = view.getUint32(place + 4)
    found.push({ moment: view.getUint32(place), bytes: new Uint8Array(bytes, place + 8, length) })
    place += 8 + length
  }
  return found
}

export class Film {
  constructor(address) { this.address = address }

  /** The part that shows a moment. Where the bar was a moment ago is not asked for any more: a bar that is dragged asks where it stops. */
  async at(moment) {
    const isFirst = !this.asked
    this.asked?.abort()
    const { signal } = this.asked = new AbortController()
    if (!isFirst) await new Promise(done => setTimeout(done, 60))
    signal.throwIfAborted()
    return this.fetch(`at=${Math.round(moment)}`, signal)
  }

  /** The part behind another one; nothing behind the last. Asked for ahead of time, it is not asked for twice. */
  after(part) { return part.next ??= this.fetch(`after=${part.from}`).catch(error => { part.next = undefined; throw error }) }

  /** What the bytes of a part hold. */
  read(bytes) { return { entries: entries(bytes) } }

  async fetch(query, signal) {
    const answer = await fetch(`${this.address}?${query}`, { signal })
    if (answer.status === 204) return undefined
    if (!answer.ok) throw new Error(`${answer.status}`)
    const [from, until] = answer.headers.get("Okno-Part").split("-").map(Number)
    return { from, until, ...this.read(await answer.arrayBuffer()) }
  }
}

/** To noVNC this is a socket to a computer; what it says to it goes nowhere. */
export class FilmChannel {
  constructor() {
    this.onopen = this.onmessage = this.onclose = this.onerror = null
    this.binaryType = "arraybuffer"
    this.protocol = ""
    this.readyState = WebSocket.CONNECTING
  }
  send() {}
  close() { this.readyState = WebSocket.CLOSED }

  say(bytes) { this.onmessage({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) }) }

  /** As a server without a password greets (RFC 6143, section 7.1). */
  open(serverInit) {
    this.readyState = WebSocket.OPEN
    this.onopen({})
    this.say(new TextEncoder().encode("RFB 003.008\n"))
    this.say(new Uint8Array([1, 1]))
    this.say(new Uint8Array([0, 0, 0, 0]))
    this.say(serverInit)
  }

  /** The size that the next picture has, as an update of nothing else (section 7.8.2). */
  resize(serverInit) {
    const [a, b, c, d] = serverInit
    this.say(new Uint8Array([0, 0, 0, 1, 0, 0, 0, 0, a, b, c, d, 255, 255, 255, 33]))
  }
}
