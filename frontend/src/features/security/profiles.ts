export const profiles = [0, 1, 2, 3] as const;

export type Profile = 0 | 1 | 2 | 3;

/** A profile that has words; what isn't known is taken for the lowest. */
export function profileOf(value: number): Profile {
  return value === 1 || value === 2 || value === 3 ? value : 0;
}
