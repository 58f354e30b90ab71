import { keccak_256 } from '@noble/hashes/sha3';
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils';
import { type Hex, toHex } from '../wire/wire-values.js';

// EIP-712 for the few types that members sign. The general library for it costs every process 25 MB of memory; a test
// compares the two.

export interface TypedField {
  readonly name: string;
  /** uint8 to uint64, bool, address, bytes32, string, a struct, or an array of a struct (`Name[]`). */
  readonly type: string;
}
export type TypedStructs = Readonly<Record<string, readonly TypedField[]>>;
export type TypedValue = Readonly<Record<string, unknown>>;

const domainFields: readonly TypedField[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
];

/** The digest that is signed, in the domain "Chroom", "1" of a chain (no verifying contract). */
export function hashTypedStruct(structs: TypedStructs, primary: string, value: TypedValue, chainId: bigint): Hex {
  const domain = hashStruct({ EIP712Domain: domainFields }, 'EIP712Domain', { name: 'Chroom', version: '1', chainId });
  return toHex(keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), domain, hashStruct(structs, primary, value))));
}

function hashStruct(structs: TypedStructs, name: string, value: TypedValue): Uint8Array {
  const fields = fieldsOf(structs, name).map((field) => encode(structs, field.type, value[field.name]));
  return keccak_256(concatBytes(keccak_256(utf8ToBytes(typeText(structs, name))), ...fields));
}

/** `Name(type name,...)` followed by the structs it refers to, in alphabetical order. */
function typeText(structs: TypedStructs, primary: string): string {
  const referred = new Set<string>();
  const visit = (name: string) => {
    for (const { type } of fieldsOf(structs, name)) {
      const inner = type.replace('[]', '');
      if (!structs[inner] || referred.has(inner)) continue;
      referred.add(inner);
      visit(inner);
    }
  };
  visit(primary);
  referred.delete(primary);
  return [primary, ...[...referred].sort()]
    .map(
      (name) =>
        `${name}(${fieldsOf(structs, name)
          .map((field) => `${field.type} ${field.name}`)
          .join(',')})`,
    )
    .join('');
}

/** One field as 32 bytes. */
function encode(structs: TypedStructs, type: string, value: unknown): Uint8Array {
  if (type.endsWith('[]')) {
    const items = (value as readonly unknown[]).map((item) => encode(structs, type.slice(0, -2), item));
    return keccak_256(concatBytes(...items));
  }
  if (structs[type]) return hashStruct(structs, type, value as TypedValue);
  if (type === 'string') return keccak_256(utf8ToBytes(value as string));
  if (type === 'bytes32' || type === 'address') return leftPadded((value as string).slice(2));
  if (type === 'bool') return leftPadded(value === true ? '1' : '0');
  if (/^uint[0-9]+$/.test(type)) return leftPadded(BigInt(value as bigint | number).toString(16));
  throw new Error(`type ${type} has no encoding here`);
}

function leftPadded(digits: string): Uint8Array {
  return hexToBytes(digits.toLowerCase().padStart(64, '0'));
}

function fieldsOf(structs: TypedStructs, name: string): readonly TypedField[] {
  const fields = structs[name];
  if (!fields) throw new Error(`struct ${name} is not described`);
  return fields;
}
