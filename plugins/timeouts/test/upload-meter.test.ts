import { RequestRecord } from '@drawbridge/plugin-kit'
import t from 'tap'
import { UploadMeter } from '../src/upload-meter.ts'
import { thresholds } from './thresholds.ts'

t.test('judges each whole period by itself', async (t) => {
  const meter = new UploadMeter(thresholds)
  const record = createRecord()
  t.notOk(meter.isTooSlow(record, 0), 'the first look only begins a period')
  t.notOk(meter.isTooSlow(record, 999), 'no judgement before its end')
  record.requestBodyBytes = 1_000_000
  t.notOk(meter.isTooSlow(record, 1000))
  record.requestBodyBytes += 99
  t.ok(meter.isTooSlow(record, 2000), 'what came before does not count')
  record.requestBodyBytes += 100
  t.notOk(meter.isTooSlow(record, 3000), 'just enough')
})

t.test('does not charge the client with what the backend delays', async (t) => {
  const meter = new UploadMeter(thresholds)
  const record = createRecord()
  meter.isTooSlow(record, 0)
  meter.forget(record)
  t.notOk(meter.isTooSlow(record, 5000), 'begins anew')
  t.ok(meter.isTooSlow(record, 6000))
})

t.test('measures uploads apart from each other', async (t) => {
  const meter = new UploadMeter(thresholds)
  const [slow, fast] = [createRecord(), createRecord()]
  for (const record of [slow, fast]) meter.isTooSlow(record, 0)
  fast.requestBodyBytes = 200
  t.ok(meter.isTooSlow(slow, 1000))
  t.notOk(meter.isTooSlow(fast, 1000))
})

function createRecord(): RequestRecord {
  return new RequestRecord({
    method: 'POST',
    target: '/',
    rawHeaders: [],
    httpVersion: '1.1',
    peerAddress: '127.0.0.1',
    startedAt: 0,
  })
}
