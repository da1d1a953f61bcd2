// [data-copy] copies its words, or selects those that stand beside it; [data-select] selects itself.
import { say } from "./toast.js"
import { word } from "./words.js"

document.addEventListener("click", async event => {
  const button = event.target.closest("[data-copy]")
  if (!button) return
  try {
    await navigator.clipboard.writeText(button.dataset.copy)
    say(word("copied"))
  } catch {
    // Without HTTPS the browser copies only by hand.
    const field = button.parentElement.querySelector("[data-select]"), words = button.parentElement.querySelector("output, code")
    if (field) field.select()
    else if (words) getSelection().selectAllChildren(words)
  }
})
document.addEventListener("focusin", event => { if (event.target.matches("[data-select]")) event.target.select() })
