import { ChroomError } from '@chroom/protocol';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

export class PageQuery {
  @ApiPropertyOptional({ description: 'Items of this page', minimum: 1, maximum: 100, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit = 50;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

export interface Page<Item> {
  readonly items: Item[];
  /** Null: this is the last page. */
  readonly nextCursor: string | null;
}

/**
 * One page, newest first, of a query on alias `row`. `time` and `id` are properties of the entity; together they are
 * unique and say where the next page begins, so that pages stay right while rows are added.
 */
export async function keysetPage<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  keys: { readonly time: keyof Entity & string; readonly id: keyof Entity & string },
  page: PageQuery,
): Promise<Page<Entity>> {
  const { time, id } = keys;
  if (page.cursor !== undefined) {
    const [beforeTime, beforeId] = readCursor(page.cursor);
    query.andWhere(`(row.${time}, row.${id}) < (:beforeTime, :beforeId)`, { beforeTime, beforeId });
  }
  const rows = await query
    .orderBy(`row.${time}`, 'DESC')
    .addOrderBy(`row.${id}`, 'DESC')
    .take(page.limit + 1)
    .getMany();
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  const hasMore = rows.length > page.limit && last !== undefined;
  return { items, nextCursor: hasMore ? writeCursor(last[time] as Date, last[id] as string) : null };
}

function writeCursor(time: Date, id: string): string {
  return Buffer.from(JSON.stringify([time.getTime(), id])).toString('base64url');
}

function readCursor(cursor: string): [Date, string] {
  try {
    const [timeMs, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [unknown, unknown];
    if (Number.isSafeInteger(timeMs) && typeof id === 'string') return [new Date(timeMs as number), id];
  } catch {
    // falls through to the refusal
  }
  throw new ChroomError('INVALID_ARGUMENT', 'cursor: expected the nextCursor of a page of this list');
}
