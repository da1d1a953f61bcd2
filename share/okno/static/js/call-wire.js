// The socket of a call: words between the members as JSON, media as bytes. After a break it comes back with a fresh token.
const step = 2000
const taken = 4000
const ping = JSON.stringify({ ping: true }), patience = 1600

/** One member's way to the call's server. `fresh` asks for a new address, since each may be used once. */
export class CallWire {
  constructor({ address, fresh, heard, bytes, state }) {
    Object.assign(this, { fresh, heard, bytes, state, closed: false })
    this.pulse = setInterval(() => this.beat(), 700)
    this.keep(address)
  }

  get open() { return this.socket?.readyState === WebSocket.OPEN }
  /** Bytes that have not left yet: whoever sends pictures skips some when these grow. */
  get waiting() { return this.socket?.bufferedAmount ?? 0 }

  /** Says something to one member; the server carries it unread. */
  say(to, signal) { if (this.open) this.socket.send(JSON.stringify({ to, signal })) }
  send(bytes) { if (this.open) this.socket.send(bytes) }

  // A cut path does not say so: the server must answer, or a new connection is made.
  beat() {
    const now = performance.now()
    if (!this.open) return
    if (this.asked) {
      // What leaves slowly leaves: an answer comes behind it.
      if (this.waiting < this.left) { this.left = this.waiting; this.asked = now }
      else if (now - this.asked > patience) this.lost()
    } else if (now - this.heardAt > 600) { this.asked = now; this.socket.send(ping); this.left = this.waiting }
  }

  /** The page goes: the server need not wait long for it. */
  away() {
    if (this.open) this.socket.send(JSON.stringify({ away: true }))
    this.close()
  }

  close() {
    this.closed = true
    clearInterval(this.pulse)
    this.lost?.()
  }

  async keep(address) {
    while (!this.closed) {
      const began = performance.now()
      try {
        address ??= await this.fresh(AbortSignal.timeout(step))
        if (!this.closed) await this.through(address)
      } catch (error) {
        if (error.status && !error.passing) { this.closed = true; return this.state("gone") }
      }
      address = undefined
      if (this.closed) return
      this.state("broken")
      await new Promise(done => setTimeout(done, Math.max(100, step - (performance.now() - began))))
    }
  }

  /** Resolves when the connection is lost. A closing handshake over a dead path would take minutes: it is not awaited. */
  through(address) {
    return new Promise(done => {
      const socket = this.socket = new WebSocket(new URL(address, location.href.replace(/^http/, "ws")))
      socket.binaryType = "arraybuffer"
      const late = setTimeout(() => this.lost(), step)
      this.lost = () => {
        clearTimeout(late)
        this.asked = undefined
        socket.onmessage = socket.onclose = socket.onopen = null
        socket.close()
        done()
      }
      socket.onopen = () => { clearTimeout(late); this.heardAt = performance.now(); this.state("open") }
      // The same person has the call open in another window: it is there, and not here any more.
      socket.onclose = ({ code }) => {
        if (code === taken) { this.closed = true; clearInterval(this.pulse); this.state("elsewhere") }
        this.lost()
      }
      socket.onmessage = event => {
        this.heardAt = performance.now()
        this.asked = undefined
        if (typeof event.data === "string") this.heard(JSON.parse(event.data))
        else this.bytes(new Uint8Array(event.data))
      }
    })
  }
}
