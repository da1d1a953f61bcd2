// Keys on their way to the other computer. Letters go as what they mean, so that Cyrillic arrives whatever layout is set there.
// A chord is meant by the place of its key: Ctrl+С in a Russian layout is Ctrl+C.
const modifiers = /^(Control|Alt|Meta|OS)(Left|Right)$/
const latin = code => /^Key[A-Z]$/.test(code) ? code.charCodeAt(3) + 32 : undefined
// Cyrillic keysyms of X11 and their Unicode form.
const isCyrillic = keysym => keysym >= 0x6a1 && keysym <= 0x6ff || keysym >= 0x1000400 && keysym <= 0x100052f

/** Remembers what is held down, and says which keysym goes for a key. */
export class RemoteKeys {
  held = new Map()      // code of a key → what was sent when it went down

  keysym(keysym, code, down) {
    if (!down) {
      const sent = this.held.get(code) ?? keysym
      this.held.delete(code)
      return sent
    }
    const chord = [...this.held.keys()].some(each => modifiers.test(each))
    const sent = chord && isCyrillic(keysym) ? latin(code) ?? keysym : keysym
    this.held.set(code, sent)
    return sent
  }
}

const L = (keysym, code) => ({ keysym, code })
const control = L(0xffe3, "ControlLeft"), alt = L(0xffe9, "AltLeft"), shift = L(0xffe1, "ShiftLeft"), meta = L(0xffeb, "MetaLeft")

/** Keys that a browser or the system keeps for itself, by the names that the page's buttons carry. */
export const chords = {
  "ctrl-alt-del": [control, alt, L(0xffff, "Delete")],
  "ctrl-shift-esc": [control, shift, L(0xff1b, "Escape")],
  "alt-tab": [alt, L(0xff09, "Tab")],
  "alt-f4": [alt, L(0xffc1, "F4")],
  "ctrl-w": [control, L(0x77, "KeyW")],
  "ctrl-space": [control, L(0x20, "Space")],
  "alt-shift": [alt, shift],
  win: [meta],
  "win-d": [meta, L(0x64, "KeyD")],
  "win-r": [meta, L(0x72, "KeyR")],
  "print-screen": [L(0xff61, "PrintScreen")],
  esc: [L(0xff1b, "Escape")],
  f11: [L(0xffc8, "F11")],
}

/** Presses the keys of a chord one after another and lets them go in the opposite order. */
export function press(chord, send) {
  for (const key of chord) send(key.keysym, key.code, true)
  for (const key of [...chord].reverse()) send(key.keysym, key.code, false)
}
