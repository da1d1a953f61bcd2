// One socket carries two things: the picture in binary messages and the side channel in JSON. To noVNC this object is a socket of
// which it hears only the picture; the page hears the rest by `heard`, and the end by `ended`, also after noVNC has let go.
export class RemoteStream {
  constructor(address, { heard, ended }) {
    // noVNC looks for these among the object's own properties before it takes a channel that is not a WebSocket.
    this.onopen = this.onmessage = this.onclose = this.onerror = null
    this.isOver = false
    this.ended = ended
    this.lastHeard = performance.now()
    this.socket = new WebSocket(new URL(address, location.href.replace(/^http/, "ws")))
    this.socket.binaryType = "arraybuffer"
    this.socket.addEventListener("open", event => this.onopen?.(event))
    this.socket.addEventListener("error", event => this.onerror?.(event))
    this.socket.addEventListener("message", event => {
      this.lastHeard = performance.now()
      if (typeof event.data === "string") return heard(JSON.parse(event.data))
      this.onmessage?.(event)
    })
    this.socket.addEventListener("close", event => this.over(event))
    // A way that is cut answers nothing: another try is better than a long wait.
    setTimeout(() => { if (this.socket.readyState === WebSocket.CONNECTING) this.close() }, 2500)
  }

  get binaryType() { return "arraybuffer" }
  set binaryType(_) { /* noVNC asks for what it already is */ }
  get protocol() { return this.socket.protocol }
  get readyState() { return this.isOver ? WebSocket.CLOSED : this.socket.readyState }

  send(bytes) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(bytes)
  }

  /** Says something on the side channel. Answers whether there was a connection to say it on. */
  tell(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(message))
    return true
  }

  /** Ends without waiting for the other side: a broken wire may take a minute to close properly. */
  close() {
    this.socket.close()
    queueMicrotask(() => this.over(new CloseEvent("close", { code: 1000 })))
  }

  over(event) {
    if (this.isOver) return
    this.isOver = true
    this.ended(event.code)      // before noVNC hears it and takes its picture away
    this.onclose?.(event)
  }
}
