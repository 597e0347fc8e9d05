/** The stations of a request, in the order in which every request passes them. */
export const PHASES = ['trace', 'gate', 'guard', 'shape', 'upstream', 'respond', 'record'] as const

/** One station on the way of a request; `after` orders plugins inside it. */
export type Phase = (typeof PHASES)[number]
