// Text goes between the clipboards of both computers beside the picture, as UTF-8. A browser gives its clipboard only to the
// person's own paste: Ctrl+V over the picture, or the field of the toolbar.
import { say } from "./toast.js"

export function startClipboard({ form, area, isOn, tell, paste }) {
  const field = form.querySelector("textarea"), words = field.dataset
  let waiting

  async function take(text) {
    await navigator.clipboard.writeText(text)
    say(words.wordsCopied)
  }

  function hand(text) {
    field.value = text
    if (text && !tell(text)) say(words.wordsFailed, { wrong: true })
  }

  form.addEventListener("submit", event => {
    event.preventDefault()
    const had = tell(field.value)
    say(had ? words.wordsSent : words.wordsFailed, { wrong: !had })
    form.closest("details").open = false
  })
  form.querySelector("[data-take]").addEventListener("click", () => take(field.value).catch(() => field.select()))

  // noVNC would swallow the key, and with it the paste. The text must be there before the key is.
  area.addEventListener("keydown", event => {
    if (!isOn() || event.code !== "KeyV" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
    event.stopImmediatePropagation()
    clearTimeout(waiting)
    waiting = setTimeout(paste, 300)
  }, true)
  document.addEventListener("paste", event => {
    if (!isOn() || !area.contains(document.activeElement)) return
    event.preventDefault()
    clearTimeout(waiting)
    hand(event.clipboardData.getData("text/plain"))
    waiting = setTimeout(paste, 150)
  })

  return {
    /** Text was copied at the other computer: it goes into this one's clipboard if the browser lets it, and into the field. */
    came(text) {
      field.value = text
      take(text).catch(() => say(text.slice(0, 80), { act: words.wordsCopy, run: () => take(text).catch(() => { form.closest("details").open = true; field.select() }) }))
    },
  }
}
