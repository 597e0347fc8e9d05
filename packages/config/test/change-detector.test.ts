import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'
import { createChangeDetector } from '../src/change-detector.ts'

async function start() {
  const clock = createTestClock()
  const state = { text: 'one', changes: 0, looks: 0 }
  const detector = await createChangeDetector({
    clock,
    pollMs: 5000,
    debounceMs: 200,
    onChange: () => {
      state.changes += 1
    },
    fingerprint: async () => {
      state.looks += 1
      return state.text
    },
  })
  const advance = async (ms: number) => {
    clock.advance(ms)
    // The look is asynchronous; its answer is there after the next turn.
    await new Promise(setImmediate)
  }
  return { detector, state, advance }
}

t.test('many pokes are one change, told once it is quiet', async (t) => {
  const { detector, state, advance } = await start()
  state.text = 'two'
  for (let poke = 0; poke < 5; poke += 1) {
    detector.poke()
    await advance(150)
    t.equal(state.changes, 0)
  }
  await advance(50)
  t.equal(state.changes, 1)
  await advance(1000)
  t.equal(state.changes, 1)
  detector.close()
})

t.test('a poke without another content is no change', async (t) => {
  const { detector, state, advance } = await start()
  detector.poke()
  await advance(200)
  t.equal(state.changes, 0)
  t.equal(state.looks, 2)
  detector.close()
})

t.test('a change that nobody announces is found by the poll', async (t) => {
  const { detector, state, advance } = await start()
  state.text = 'two'
  await advance(4999)
  t.equal(state.changes, 0)
  await advance(1)
  await advance(200)
  t.equal(state.changes, 1)
  state.text = 'three'
  await advance(5000)
  await advance(200)
  t.equal(state.changes, 2)
  detector.close()
})

t.test('after close nothing is told, not even what was on its way', async (t) => {
  const { detector, state, advance } = await start()
  state.text = 'two'
  detector.poke()
  detector.close()
  await advance(10_000)
  t.equal(state.changes, 0)
})
