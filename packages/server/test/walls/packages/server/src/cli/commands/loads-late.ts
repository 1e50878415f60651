/** May: the room is loaded once it is asked for. */
export const late = () => import('../../db/index.ts')
