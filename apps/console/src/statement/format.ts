/** Amounts come in the smallest unit of a token with 18 decimals. */
const tokenUnit = 10n ** 18n;
const shownDecimals = 6;
const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Six decimals, or as many more as a small amount needs to show two digits. */
export function tokens(amount: string): string {
  const value = BigInt(amount);
  const fraction = (value % tokenUnit).toString().padStart(18, '0');
  const firstDigit = fraction.search(/[1-9]/);
  const isSmall = value < tokenUnit && firstDigit >= shownDecimals - 1;
  const decimals = fraction.slice(0, isSmall ? firstDigit + 2 : shownDecimals).replace(/0+$/, '');
  return `${(value / tokenUnit).toLocaleString('en')}${decimals === '' ? '' : `.${decimals}`}`;
}

export function bytes(count: string | number | bigint): string {
  let value = Number(count);
  let unit = 0;
  for (; value >= 1024 && unit < byteUnits.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${byteUnits[unit]}`;
}

export function shortHash(hash: string): string {
  return `${hash.slice(0, 8)}…${hash.slice(-4)}`;
}

export function time(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Of 64 slots of an epoch: those in which media flowed. */
export function slotCount(slots: string): number {
  return [...BigInt(slots).toString(2)].filter((bit) => bit === '1').length;
}
