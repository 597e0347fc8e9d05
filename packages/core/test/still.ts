import { setTimeout as wait } from 'node:timers/promises'

/** Waits until a number has grown, and then not changed for a while; gives it. */
export async function untilStill(look: () => number): Promise<number> {
  while (look() === 0) await wait(5)
  for (let [last, same] = [look(), 0]; same < 6; ) {
    await wait(50)
    same = look() === last ? same + 1 : 0
    last = look()
  }
  return look()
}
