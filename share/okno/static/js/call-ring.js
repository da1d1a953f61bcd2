// A quiet ring while a call waits for this person: two soft tones, a pause. It ends when the card is gone.
let context, timer

export function ring(on) {
  if (on === Boolean(timer)) return
  clearInterval(timer)
  timer = on ? setInterval(tones, 3000) : undefined
  if (on) tones()
  else context?.suspend()
}

// Before the first click on a page a browser lets no sound out: the card is seen all the same.
function tones() {
  context ??= new AudioContext()
  context.resume().catch(() => {})
  if (context.state !== "running") return
  for (const [at, pitch] of [[0, 587], [0.35, 740]]) {
    const tone = context.createOscillator(), loud = context.createGain(), from = context.currentTime + at
    tone.frequency.value = pitch
    loud.gain.setValueAtTime(0, from)
    loud.gain.linearRampToValueAtTime(0.05, from + 0.04)
    loud.gain.exponentialRampToValueAtTime(0.0005, from + 0.9)
    tone.connect(loud).connect(context.destination)
    tone.start(from)
    tone.stop(from + 1)
  }
}
