// Cuts the microphone's sound into pieces of 20 ms for the encoder; a piece without sound is a tick of the clock all the same.
class Capture extends AudioWorkletProcessor {
  constructor() {
    super()
    this.piece = new Float32Array(960)
    this.filled = 0
  }

  process(inputs) {
    const heard = inputs[0]?.[0]
    for (let i = 0; i < 128; i += 1) {
      this.piece[this.filled] = heard ? heard[i] : 0
      this.filled += 1
      if (this.filled < 960) continue
      this.port.postMessage(this.piece)
      this.filled = 0
    }
    return true
  }
}

registerProcessor("call-capture", Capture)
