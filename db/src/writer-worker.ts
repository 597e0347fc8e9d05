import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { toPlainError } from './database-error.ts'
import { WriterConnections } from './writer-connections.ts'
import type { WriterReply, WriterRequest } from './writer-protocol.ts'

// The writer thread's program. It has no queue of its own: the main thread sends one batch of rows at a time, so a durable
// request waits for one batch at most.
if (parentPort !== null) serve(parentPort, String(workerData))

function serve(port: MessagePort, file: string): void {
  const connections = new WriterConnections(file)
  port.on('message', (request: WriterRequest) => {
    port.postMessage(answer(connections, request))
    if (request.kind === 'close') port.close()
  })
}

function answer(connections: WriterConnections, { id, kind, inserts }: WriterRequest): WriterReply {
  try {
    if (kind === 'rows') return { id, rows: connections.insertRows(inserts) }
    if (kind === 'durable') return { id, changes: connections.writeDurably(inserts) }
    if (kind === 'compact') connections.compact()
    else connections.close()
    return { id }
  } catch (error) {
    return { id, error: toPlainError(error) }
  }
}
