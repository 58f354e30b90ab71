/** Moments at which a process may die without harm; specs let it die there. */
export type CrashPoint =
  | 'before-commit'
  | 'after-commit'
  | 'after-broadcast'
  | 'before-bump-commit'
  | 'after-bump-commit';

/** Called at each of these moments; does nothing outside specs. */
export type ReachCrashPoint = (point: CrashPoint) => void;
