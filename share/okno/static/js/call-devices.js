// Microphones, cameras, loudspeakers: the choice is kept in this browser, and can be tried before a call.
import { open } from "./dialogs.js"
import { say } from "./toast.js"
import { word } from "./words.js"

const place = "okno.call"

export const choice = () => JSON.parse(localStorage.getItem(place) ?? "{}")
export function choose(change) { localStorage.setItem(place, JSON.stringify({ ...choice(), ...change })) }

/** Why a device did not open, in words for the person. */
export function obstacle(error, what) {
  if (!navigator.mediaDevices) return word("call.insecure")
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return word(`call.no-${what}`)
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return word(`call.refused-${what}`)
  return word("call.device-busy")
}

async function opened(kind, wanted) {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotSupportedError")
  const chosen = choice()[kind]
  try {
    return (await navigator.mediaDevices.getUserMedia({ [kind]: { ...wanted, ...chosen && { deviceId: { exact: chosen } } } })).getTracks()[0]
  } catch (error) {
    if (error.name !== "OverconstrainedError" || !chosen) throw error
    choose({ [kind]: undefined })      // the chosen one is not plugged in
    return opened(kind, wanted)
  }
}

export const microphone = () => opened("audio", { echoCancellation: true, noiseSuppression: true, autoGainControl: true })
export const camera = () => opened("video", { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 20 } })
/** What is in front of the person, where no screen can be shown. */
export const lookout = () => opened("video", { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 15 }, facingMode: "environment" })

/** Lets the sound of an element or of an `AudioContext` out of the chosen loudspeaker. */
export function speak(from) {
  const chosen = choice().speaker
  // One that is not plugged in any more: the usual one.
  if (chosen) from.setSinkId?.(chosen).catch(() => from.setSinkId("")).catch(() => { /* closed meanwhile */ })
}

/** Shows on a meter from 0 to 1 how loud a track is. Answers with what ends it. */
export function listen(track, meter) {
  const audio = new AudioContext(), ear = audio.createAnalyser(), wave = new Float32Array(ear.fftSize)
  let next
  audio.resume()
  audio.createMediaStreamSource(new MediaStream([track])).connect(ear)
  const look = () => {
    ear.getFloatTimeDomainData(wave)
    meter.value = Math.max(meter.value * 0.9, Math.min(1, 3 * Math.sqrt(wave.reduce((sum, each) => sum + each * each, 0) / wave.length)))
    next = requestAnimationFrame(look)
  }
  look()
  return () => {
    cancelAnimationFrame(next)
    audio.close()
  }
}

/** The dialog where devices are chosen and tried; `changed` hears of each choice. */
export function tryDevices(changed) {
  const dialog = document.getElementById("call-devices")
  if (!navigator.mediaDevices?.getUserMedia) return say(word("call.insecure"), { wrong: true })
  const tracks = {}, field = name => dialog.querySelector(`[name="${name}"]`)
  const words = (kind, text) => { dialog.querySelector(`[data-device-words="${kind}"]`).textContent = text }
  let deaf

  const show = async kind => {
    tracks[kind]?.stop()
    words(kind, "")
    try {
      tracks[kind] = await (kind === "audio" ? microphone() : camera())
      if (!dialog.open) return tracks[kind].stop()
      if (kind === "audio") {
        deaf?.()
        deaf = listen(tracks.audio, dialog.querySelector("meter"))
      } else dialog.querySelector("video").srcObject = new MediaStream([tracks.video])
    } catch (error) {
      words(kind, obstacle(error, kind === "audio" ? "microphone" : "camera"))
    }
    await list()
  }

  const list = async () => {
    const all = await navigator.mediaDevices.enumerateDevices()
    for (const [name, kind] of [["audio", "audioinput"], ["video", "videoinput"], ["speaker", "audiooutput"]]) {
      const found = all.filter(each => each.kind === kind && each.label)
      field(name).replaceChildren(...found.map(each => new Option(each.label, each.deviceId, false, each.deviceId === (choice()[name] ?? tracks[name]?.getSettings().deviceId))))
      field(name).closest(".field").hidden = name === "speaker" && (!found.length || !("setSinkId" in HTMLMediaElement.prototype))
      field(name).disabled = found.length === 0
    }
  }

  const take = event => {
    choose({ [event.target.name]: event.target.value })
    if (event.target.name !== "speaker") show(event.target.name)
    changed?.(event.target.name)
  }
  dialog.addEventListener("change", take)
  dialog.addEventListener("close", () => {
    dialog.removeEventListener("change", take)
    deaf?.()
    for (const track of Object.values(tracks)) track.stop()
  }, { once: true })
  open(dialog)
  show("audio")
  show("video")
}
