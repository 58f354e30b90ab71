/** One variable of a contract or a struct. The slots of a struct count from its own beginning. */
export interface StoredVariable {
  readonly label: string;
  readonly slot: number;
  /** Bytes from the low end of the slot. */
  readonly offset: number;
  readonly type: string;
}

/** Where a contract keeps its variables, and how the structs among them are laid out. */
export interface StorageLayout {
  readonly variables: readonly StoredVariable[];
  readonly structs: Readonly<Record<string, readonly StoredVariable[]>>;
}

interface CompiledVariable {
  readonly label: string;
  readonly slot: string;
  readonly offset: number;
  /** A key of `types`: it holds numbers of the syntax tree, which change with every line of source. */
  readonly type: string;
}

/** The part that we read of what solc calls `storageLayout`. */
export interface CompiledLayout {
  readonly storage: readonly CompiledVariable[];
  readonly types: Readonly<
    Record<string, { readonly label: string; readonly members?: readonly CompiledVariable[] }>
  > | null;
}

export function storageLayoutOf({ storage, types }: CompiledLayout): StorageLayout {
  const kept = ({ label, slot, offset, type }: CompiledVariable): StoredVariable => ({
    label,
    slot: Number(slot),
    offset,
    type: types?.[type]?.label ?? type,
  });
  const structs = Object.values(types ?? {}).flatMap(({ label, members }): [string, StoredVariable[]][] =>
    members ? [[label, members.map(kept)]] : [],
  );
  return {
    variables: storage.map(kept),
    structs: Object.fromEntries(structs.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
