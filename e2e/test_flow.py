"""The rule by which pictures go over the socket of a call (call-flow.js), tried on a wire that is only reckoned: a queue, a rate that changes, and
listeners who tell what has come. No clock and no network: the same figures each time."""

import pytest

# One page that sends a voice, 180 bytes each 20 ms with all heads, and pictures as large as they are asked for. `rates` of the wire, [[from, bit/s], ...], in
# milliseconds; `backs`: how long after it each listener tells of what has come; `deaf`: when nobody does; `comes`: when somebody comes; `whole`: bytes of a
# picture at one moment. Told is of each second: bit rate, the longest way of the voice, pictures that came, the longest way of one.
TRY = """async ({ seconds, rates, backs = [20], place = "camera", whole = [], deaf = [], comes = [], longer }) => {
  const { Flow, shape } = await import(new URL("call-flow.js", document.querySelector('script[src*="/js/app.js"]').src))
  const flow = new Flow(), told = [], queue = [], words = []
  let last = -1000, free = 0
  const send = (now, bytes, what) => {
    const [, rate] = rates.findLast(([from]) => from <= now)
    free = Math.max(free, now) + bytes * 8000 / rate
    queue.push({ ...what, made: what.made ?? now, there: free + 20 })
  }
  for (let now = 0; now < seconds * 1000; now += 1) {
    if (now % 1000 === 0) told.push({ rate: 0, voice: 0, pictures: 0, picture: 0 })
    const second = told.at(-1)
    if (now % 20 === 0) send(now, 180, { isVoice: true })
    if (comes.includes(now)) flow.forget()
    if (longer && now === longer.at) backs = longer.backs
    const { apart, bitrate } = shape(place, flow.rate)
    second.rate = bitrate
    if (now - last >= apart) {
      flow.look(now, flow.isFull, bitrate)
      if (!flow.isFull) {
        const large = whole.find(each => each.at > last && each.at <= now)
        last = now
        flow.put({ made: now }, new Uint8Array(large?.bytes ?? Math.round(bitrate * apart / 8000)))
      }
    }
    for (let part; part = flow.next(now);) send(now, part.bytes.length + 110, { made: part.picture.made, isLast: part.isLast, number: part.number })
    while (queue.length && queue[0].there <= now) {
      const came = queue.shift(), took = now - came.made
      if (came.isVoice) second.voice = Math.max(second.voice, took)
      else if (came.isLast) { second.pictures += 1; second.picture = Math.max(second.picture, took) }
      if (!came.isVoice && !deaf.some(([from, to]) => now >= from && now < to)) for (const back of backs) words.push({ at: now + back, number: came.number })
    }
    for (const word of words.filter(each => each.at === now)) flow.came(word.number, now)
  }
  return told
}"""
FREE, NARROW = 20_000_000, 300_000


@pytest.fixture
def wire(sign_in):
    page = sign_in("client")
    return lambda **plan: page.evaluate(TRY, plan)


def test_a_wire_that_becomes_narrow_gets_less_and_a_wide_one_gets_all_again(wire):
    told = wire(seconds=70, rates=[[0, FREE], [5_000, NARROW], [40_000, FREE]])
    assert all(each["rate"] == 500_000 and each["voice"] < 40 for each in told[:5])
    # At once the voice passes, soon at the bit rate that the wire takes; the pictures are few and fresh.
    assert max(each["voice"] for each in told) < 600
    narrow = told[9:40]
    assert max(each["rate"] for each in narrow) < 350_000 and min(each["rate"] for each in narrow) > 100_000
    assert max(each["voice"] for each in narrow) < 450 and sorted(each["voice"] for each in narrow)[15] < 250
    assert min(each["pictures"] for each in narrow) >= 8 and max(each["picture"] for each in narrow) < 700
    # It rises slowly, and to the end.
    assert told[44]["rate"] < 500_000 and all(each["rate"] == 500_000 for each in told[60:])


def test_the_voice_passes_between_the_parts_of_a_large_picture(wire):
    told = wire(seconds=20, place="screen", rates=[[0, NARROW]], whole=[{"at": 8_000, "bytes": 150_000}])
    assert max(each["picture"] for each in told) > 4_000
    assert max(each["voice"] for each in told[2:]) < 550


def test_a_wire_that_was_very_wide_is_soon_known_to_be_narrow(wire):
    told = wire(seconds=16, place="screen", rates=[[0, FREE], [5_000, NARROW]], whole=[{"at": 3_000, "bytes": 250_000}])
    assert max(each["picture"] for each in told[:5]) < 200
    assert max(each["voice"] for each in told) < 2_000 and max(each["voice"] for each in told[8:]) < 300


def test_one_slow_listener_spoils_nothing_for_the_others_and_nobody_waits_for_the_deaf(wire):
    told = wire(seconds=20, rates=[[0, FREE]], backs=[4_000, 20, 1_000])
    assert all(each["rate"] == 500_000 and each["pictures"] >= 19 for each in told[1:])
    # For so long nobody tells of anything: some pictures go all the same, and all of them afterwards.
    told = wire(seconds=30, rates=[[0, FREE]], deaf=[[5_000, 11_000]])
    assert 1 <= sum(each["pictures"] for each in told[6:11]) < 60
    assert all(each["pictures"] >= 12 for each in told[13:])
    # Nor is whoever has come meanwhile left without.
    told = wire(seconds=10, rates=[[0, FREE]], deaf=[[5_000, 8_000]], comes=[8_000])
    assert told[8]["pictures"] >= 12


def test_a_far_wire_is_no_narrow_one(wire):
    told = wire(seconds=20, rates=[[0, FREE]], backs=[600])
    assert all(each["pictures"] >= 15 for each in told[5:]) and told[-1]["rate"] == 500_000


def test_a_way_that_becomes_longer_is_soon_no_narrow_one_either(wire):
    # The wire goes another way, or the nearest listener leaves without a word of it.
    told = wire(seconds=60, rates=[[0, FREE]], longer={"at": 5_000, "backs": [400]})
    assert all(each["pictures"] >= 2 for each in told[5:]) and all(each["pictures"] >= 12 for each in told[14:])
    assert all(each["pictures"] >= 15 and each["rate"] == 500_000 for each in told[45:])
    # When it is known that the listeners are others, at once.
    told = wire(seconds=20, rates=[[0, FREE]], longer={"at": 5_000, "backs": [400]}, comes=[5_000])
    assert all(each["pictures"] >= 15 for each in told[8:]) and told[-1]["rate"] == 500_000


def test_a_face_goes_on_moving_and_a_screen_stays_sharp(sign_in):
    shapes = sign_in("client").evaluate("""async () => {
      const { shape } = await import(new URL("call-flow.js", document.querySelector('script[src*="/js/app.js"]').src))
      return [1_500_000, 250_000, 150_000, 60_000].map(rate => [shape("camera", rate), shape("screen", rate)])
    }""")
    faces, screens = zip(*shapes)
    assert [each["width"] for each in faces] == [640, 640, 480, 320] and all(each["apart"] <= 66 for each in faces)
    assert [each["bitrate"] for each in faces] == [500_000, 250_000, 150_000, 60_000]
    assert {each["width"] for each in screens} == {1920}
    assert [round(each["apart"]) for each in screens] == [90, 216, 360, 900]
