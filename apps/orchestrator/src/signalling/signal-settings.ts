import { type Environment, SettingsReader } from '@chroom/protocol';

/** Bounds of the signalling gateway, for one client and for one address. */
export class SignalSettings {
  messagesPerSecond: number;
  messageBurst: number;
  joinsPerSecondPerAddress: number;
  joinBurstPerAddress: number;
  joinsPerSecondPerIdentity: number;
  joinBurstPerIdentity: number;
  maxConnections: number;

  static fromEnvironment(env: Environment): SignalSettings {
    const read = new SettingsReader(env);
    const count = (name: string, fallback: number) => read.integer(name, { min: 1, max: 1_000_000, fallback });
    return Object.assign(new SignalSettings(), {
      messagesPerSecond: count('CHROOM_SIGNAL_MESSAGES_PER_SECOND', 100),
      messageBurst: count('CHROOM_SIGNAL_MESSAGE_BURST', 500),
      joinsPerSecondPerAddress: count('CHROOM_SIGNAL_JOINS_PER_SECOND_PER_ADDRESS', 50),
      joinBurstPerAddress: count('CHROOM_SIGNAL_JOIN_BURST_PER_ADDRESS', 500),
      joinsPerSecondPerIdentity: count('CHROOM_SIGNAL_JOINS_PER_SECOND_PER_IDENTITY', 2),
      joinBurstPerIdentity: count('CHROOM_SIGNAL_JOIN_BURST_PER_IDENTITY', 60),
      maxConnections: count('CHROOM_SIGNAL_MAX_CONNECTIONS', 20_000),
    });
  }
}
