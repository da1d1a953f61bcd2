// What a wire gets of a picture. Machines on the way keep seconds of what a narrow wire does not take, and nobody says so: only what the
// others tell of what has come shows it. So pictures wait here, where the voice passes them, and their bit rate follows what comes.
const ahead = 200                          // milliseconds of pictures that may lie in machines on the way
const late = 300                           // so much longer than the quickest a part may be on its way before nothing more leaves
const silence = 2000                       // what nobody has told of by then is lost, and no reason to wait any longer
const fewest = 1_200, most = 256_000       // bytes on the way, of the narrowest wire and of the widest
const smallest = 1_000, largest = 16_000   // bytes of a part: less is not worth its heads, behind more the voice waits too long
const memory = 5_000                       // milliseconds after which the quickest way is looked for anew, as ways become longer
const more = 1.05                          // times what passes is tried, with each word of what has come, while pictures wait for no queue
const second = 1000, patience = 0.25       // a larger part of a second spent waiting, and the bit rate was too high
const share = 0.85, fall = 0.5             // it falls to so much of what comes, and by no more than half at once
const settling = 1000                      // so long after that what waits is still of before
const pause = 2000, step = 1.25            // while nothing waits it rises by steps
const lowest = 60_000, highest = 1_500_000 // bits a second

/** Pictures on their way over one wire, in parts, and how large they should be. Times are milliseconds of a clock that is handed in. */
export class Flow {
  constructor(number = 0) {
    Object.assign(this, { number, pile: [], come: 0 })
    this.forget()
    Object.assign(this, { rate: highest, since: 0, before: 0, held: 0, slowest: 0, changed: 0 })
  }

  get isFull() { return this.pile.length > 0 }

  /** Not even the quickest listener has told of what left long ago. */
  isStuck(now) { return this.way.length > 0 && now - this.way[0].at > Math.min(this.quickest, silence / 2) + late }

  put(picture, bytes) { this.pile.push({ picture, bytes, isFirst: true }) }

  /** What may leave now: a picture or a part of one, so that the voice passes between two of them. */
  next(now) {
    const [first] = this.pile, room = this.room(now)
    if (!first || room < Math.min(first.bytes.length, smallest)) return
    const part = { ...first, bytes: first.bytes.subarray(0, Math.min(room, largest)) }
    first.bytes = first.bytes.subarray(part.bytes.length)
    first.isFirst = false
    part.isLast = !first.bytes.length
    part.number = this.number = this.number + 1 & 0xffff
    if (part.isLast) this.pile.shift()
    this.way.push({ number: part.number, bytes: part.bytes.length, at: now, come: this.come })
    this.onWay += part.bytes.length
    return part
  }

  room(now) {
    while (this.way.length && now - this.way[0].at > silence) this.onWay -= this.way.shift().bytes
    if (this.isStuck(now)) return 0
    const { quickest } = this
    return Math.min(Math.max(this.passes * (ahead + (Number.isFinite(quickest) ? quickest : 0)), fewest), most) - this.onWay
  }

  /** A listener has this part and all before it. The first one to say so speaks for all: one slow listener spoils nothing for the others. */
  came(number, now) {
    const place = this.way.findIndex(each => each.number === number)
    if (place < 0) return
    const last = this.way[place]
    for (const { bytes } of this.way.splice(0, place + 1)) { this.onWay -= bytes; this.come += bytes }
    const took = Math.max(now - last.at, 1), speed = (this.come - last.come) / took
    if (now - this.remembered > memory) Object.assign(this, { remembered: now, older: this.newer, newer: Infinity })
    this.newer = Math.min(this.newer, took)
    this.quickest = Math.min(this.newer, this.older)
    // What took long while more was waiting stood in a queue, so it tells what passes; all else tells only that no less does, and while
    // something waits for no queue, more is tried.
    const isQueued = this.waits && took > this.quickest + ahead / 2
    this.passes = isQueued ? speed : Math.max(this.passes, speed) * (this.waits ? more : 1)
    if (isQueued) this.slowest = Math.min(this.slowest || speed, speed)
  }

  /** The listeners are others than before: whoever has just come never tells of what left, and whoever has gone was perhaps the quickest. */
  forget() { Object.assign(this, { way: [], onWay: 0, passes: 20, quickest: Infinity, newer: Infinity, older: Infinity, remembered: 0 }) }

  /** What has not left is of no use any more. */
  drop() { this.pile = [] }

  /** Looks at the bit rate each time a picture is due, which is made at once or waits. */
  look(now, waits, bitrate) {
    // Longer than a second none was due: nothing was shown.
    if (this.waits && now > this.changed && now - this.looked < second) this.held += now - this.looked
    Object.assign(this, { waits, looked: now })
    const passed = now - this.since
    if (passed < second) return
    if (this.held > patience * passed) {
      const comes = Math.max((this.come - this.before) / passed, this.slowest) * 8000
      this.rate = Math.max(Math.min(share * comes, bitrate), fall * bitrate, lowest)
      this.changed = now + settling
    } else if (now - this.changed > pause) {
      this.rate = Math.min(this.rate * step, highest)
      this.changed = now
    }
    Object.assign(this, { since: now, before: this.come, held: 0, slowest: 0 })
  }
}

// A face is to move, so it becomes smaller; a screen is to be read, so it comes less often.
const faces = [{ from: 200_000, width: 640, apart: 50 }, { from: 110_000, width: 480, apart: 50 }, { from: 0, width: 320, apart: 66 }]

/** Of what size a picture is, how often one comes, and of how many bits a second. */
export function shape(place, rate) {
  if (place === "screen") return { width: 1920, apart: Math.min(Math.max(90, 90 * 600_000 / rate), 1000), bitrate: rate }
  const { width, apart } = faces.find(each => rate >= each.from)
  return { width, apart, bitrate: Math.min(rate, 500_000) }
}
