// The jitter buffer of one speaker: begins with 60 ms in hand, drops what is older than 200 ms, is silent while it has run dry.
const ahead = 48 * 60, most = 48 * 200

class Play extends AudioWorkletProcessor {
  constructor() {
    super()
    this.pieces = []
    this.held = 0
    this.at = 0
    this.dry = true
    this.port.onmessage = ({ data }) => {
      this.pieces.push(data)
      this.held += data.length
      while (this.held > most) this.drop()
    }
  }

  drop() {
    this.held -= this.pieces.shift().length - this.at
    this.at = 0
  }

  process(_, outputs) {
    const [out] = outputs[0]
    if (this.dry && this.held < ahead) return true
    this.dry = false
    for (let i = 0; i < out.length; i += 1) {
      if (!this.pieces.length) { this.dry = true; break }
      out[i] = this.pieces[0][this.at]
      this.at += 1
      this.held -= 1
      if (this.at === this.pieces[0].length) { this.pieces.shift(); this.at = 0 }
    }
    return true
  }
}

registerProcessor("call-play", Play)
