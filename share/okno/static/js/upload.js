// Files on their way: POST /uploads names the file, PATCH carries it in pieces, GET says where to resume, DELETE drops it.
import { pause, send, uuid } from "./net.js"
import { size, word } from "./words.js"

const piece = 4 * 1024 * 1024

/** The files of one composer. `ready` when all have arrived; `onchange` whenever that may have changed. */
export class Uploads {
  constructor({ address, limit, list, onchange }) {
    Object.assign(this, { address, limit, list, onchange, files: [] })
  }
  get ready() { return this.files.every(file => file.state !== "going") }
  get arrived() { return this.files.filter(file => file.state === "done").map(({ id, name }) => ({ id, name })) }

  add(files) {
    for (const file of files) {
      const upload = { id: uuid(), file, name: file.name || `${word("file")}.png`, state: "going", offset: 0 }
      upload.row = this.show(upload)
      this.files.push(upload)
      if (file.size > this.limit) this.refuse(upload, word("upload.too-big", { limit: size(this.limit) }))
      else this.go(upload)
    }
    this.onchange()
  }

  /** Forgets the files: they belong to a message now. */
  clear() {
    this.files = []
    this.list.replaceChildren()
  }

  show(upload) {
    const row = document.getElementById("upload-row").content.firstElementChild.cloneNode(true)
    row.querySelector("[data-name]").textContent = upload.name
    row.querySelector("[data-name]").title = upload.name
    row.querySelector("progress").setAttribute("aria-label", upload.name)
    row.querySelector("[data-remove]").addEventListener("click", () => this.remove(upload))
    this.list.append(row)
    return row
  }

  state(upload, words) { upload.row.querySelector("[data-state]").textContent = words }

  progress(upload, sent) {
    const percent = upload.file.size ? Math.floor(100 * sent / upload.file.size) : 100
    upload.row.querySelector("progress").value = percent
    upload.row.classList.remove("upload--waiting")
    this.state(upload, `${percent}\u00a0%`)
  }

  refuse(upload, words) {
    upload.state = "refused"
    upload.row.classList.add("upload--refused")
    this.state(upload, words)
    this.onchange()
  }

  remove(upload) {
    const going = upload.state !== "refused"
    upload.state = "removed"
    upload.request?.abort()
    upload.row.remove()
    this.files = this.files.filter(each => each !== upload)
    if (going) send("DELETE", `${this.address}/${upload.id}`).catch(() => {})
    this.onchange()
  }

  async go(upload) {
    let tries = 0, named = false
    while (upload.state === "going") {
      try {
        if (!named) {
          const answer = await send("POST", this.address, new URLSearchParams({ id: upload.id, name: upload.name, size: upload.file.size }))
          upload.offset = (await answer.json()).offset
          named = true
        } else if (tries) {
          upload.offset = (await (await send("GET", `${this.address}/${upload.id}`)).json()).offset
        }
        while (upload.offset < upload.file.size) {
          upload.offset = await this.carry(upload)
          tries = 0
        }
        if (upload.state !== "going") return
        this.progress(upload, upload.file.size)
        upload.state = "done"
        return this.onchange()
      } catch (error) {
        if (upload.state !== "going") return
        if (error.status && !error.passing && error.status !== 409) return this.refuse(upload, error.message || word("upload.failed"))
        upload.row.classList.add("upload--waiting")
        this.state(upload, word("upload.waits"))
        await pause(tries++)
      }
    }
  }

  // XMLHttpRequest, because fetch does not tell how much of a body has left.
  carry(upload) {
    return new Promise((done, failed) => {
      const request = upload.request = new XMLHttpRequest()
      request.open("PATCH", `${this.address}/${upload.id}`)
      request.setRequestHeader("X-CSRF", document.querySelector('meta[name="csrf"]').content)
      request.setRequestHeader("Upload-Offset", upload.offset)
      request.setRequestHeader("Content-Type", "application/octet-stream")
      request.upload.addEventListener("progress", event => this.progress(upload, upload.offset + event.loaded))
      request.addEventListener("load", () => {
        if (request.status < 300) return done(JSON.parse(request.responseText).offset)
        const words = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("[data-problem]")?.textContent
        failed(Object.assign(new Error(words ?? ""), { status: request.status, passing: request.status >= 500 || request.status === 401 || request.status === 429 }))
      })
      request.addEventListener("error", () => failed(new TypeError("no connection")))
      request.addEventListener("abort", () => failed(new TypeError("aborted")))
      request.send(upload.file.slice(upload.offset, upload.offset + piece))
    })
  }
}
