import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An API key of a project. Tokens are HMACs with its secret, so the secret is kept, encrypted (see secret-box.ts). */
@Entity('api_keys')
export class ApiKey {
  /** `iss` of tokens: `API` and 12 random characters, or what the operator chose at bootstrap. */
  @PrimaryColumn('text', { name: 'api_key' })
  apiKey: string;

  @Column('text', { name: 'project_id' })
  projectId: string;

  /** nonce 12 | ciphertext | tag 16, AES-256-GCM bound to the API key. */
  @Column('bytea', { name: 'sealed_secret' })
  sealedSecret: Buffer;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  /** Set: tokens of this key are refused. */
  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
