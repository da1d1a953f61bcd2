// Files of a session of control: those that are chosen or dropped here are uploaded, kept in the request, and go on to the other
// computer. The list beside them is read again by the live page; how far a file is comes with the picture.
import { refresh } from "./live.js"
import { send } from "./net.js"
import { say } from "./toast.js"
import { Uploads } from "./upload.js"
import { word } from "./words.js"

export function startFiles(panel, stage) {
  const gives = panel.querySelector("[data-gives]"), none = panel.querySelector("[data-no-files]"), carried = panel.querySelector("[data-carried]")
  const uploads = new Carried({
    address: panel.dataset.uploads, limit: Number(panel.dataset.limit), list: panel.querySelector("[data-uploading]"),
    onchange: () => uploads?.give(panel.dataset.carry),
  })
  let allowed = false

  function take(files) {
    if (!files.length) return
    if (!panel.hasAttribute("data-open")) document.querySelector(`[data-side="${panel.id}"][aria-expanded]`)?.click()
    uploads.add(files)
  }

  panel.querySelector("[data-pick]").addEventListener("change", event => { take(event.target.files); event.target.value = "" })
  for (const place of [panel, stage]) {
    place.addEventListener("dragover", event => {
      if (!allowed || !event.dataTransfer.types.includes("Files")) return
      event.preventDefault()
      place.dataset.dropping = ""
    })
    place.addEventListener("dragleave", event => { if (!place.contains(event.relatedTarget)) delete place.dataset.dropping })
    place.addEventListener("drop", event => {
      delete place.dataset.dropping
      if (!allowed || !event.dataTransfer.files.length) return
      event.preventDefault()
      take(event.dataTransfer.files)
    })
  }

  return {
    allow(isAllowed) {
      allowed = isAllowed
      gives.hidden = !allowed
      none.hidden = allowed
    },
    progress({ id, percent }) {
      const row = carried.querySelector(`[data-file="${CSS.escape(id)}"]`), bar = row?.querySelector("progress")
      if (!bar) return
      bar.value = percent
      row.querySelector("[data-percent]").textContent = `${percent}\u00a0%`
    },
  }
}

/** Uploads that go on to the other computer one by one, as soon as each is here. */
class Carried extends Uploads {
  show(upload) {
    const row = document.getElementById("carry-row").content.firstElementChild.cloneNode(true)
    row.querySelector("[data-name]").textContent = row.querySelector("[data-name]").title = upload.name
    row.querySelector("progress").setAttribute("aria-label", upload.name)
    row.querySelector("[data-remove]").addEventListener("click", () => this.remove(upload))
    this.list.append(row)
    return row
  }

  give(address) {
    for (const upload of this.files.filter(file => file.state === "done")) this.pass(upload, address)
  }

  async pass(upload, address) {
    upload.state = "passing"
    try {
      await send("POST", address, new URLSearchParams({ upload: upload.id }))
      this.files = this.files.filter(each => each !== upload)
      upload.row.remove()
      refresh()
    } catch (error) {
      const words = error.status ? error.message : word("offline")
      this.refuse(upload, words)
      say(words, { wrong: true })
    }
  }
}
