// Full screen. A button for it, [data-full] or [data-call-full], is shown only where the browser can do it: a phone of Apple cannot.
if (!document.documentElement.requestFullscreen) document.documentElement.toggleAttribute("data-never-full", true)

export const isFull = element => document.fullscreenElement === element

/** Answers whether the element has the whole screen now. */
export async function turnFull(element) {
  if (document.fullscreenElement) {
    await document.exitFullscreen()
    return false
  }
  await element.requestFullscreen()
  return true
}
