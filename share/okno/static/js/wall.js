// A board on a wall: read again every two seconds; a link that has ended shows nothing more.
const wall = document.querySelector("[data-wall]")

async function read() {
  try {
    const answer = await fetch(wall.dataset.wall, { headers: { "HX-Request": "true" }, cache: "no-store" })
    if (answer.status === 404) return location.reload()
    if (!answer.ok) throw new Error(answer.status)
    const html = await answer.text()
    wall.classList.remove("wall--lost")
    wall.innerHTML = html
  } catch {
    wall.classList.add("wall--lost")
    const state = wall.querySelector("[data-wall-state]")
    if (state) state.textContent = wall.dataset.lost
  }
  setTimeout(read, 2000)
}
setTimeout(read, 2000)
