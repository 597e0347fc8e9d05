import { SearchFailed } from './errors.ts'

/** What the storage answers. Rejects with `SearchFailed` where it does not. */
export async function askStorage<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    throw Object.assign(new SearchFailed(), { cause: error })
  }
}
