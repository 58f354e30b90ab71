import { type MiddlewareConsumer, Module, type NestModule, RequestMethod } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { Admissions } from './admissions.js';
import { SignalGateway } from './signal-gateway.js';
import { SignalHttpMiddleware } from './signal-http.middleware.js';
import { SignalSettings } from './signal-settings.js';

/** LiveKit signalling: WebSocket gateway, validate endpoints, warm-up. */
@Module({
  imports: [AccessModule, RoomsModule],
  providers: [
    { provide: SignalSettings, useFactory: () => SignalSettings.fromEnvironment(process.env) },
    Admissions,
    SignalGateway,
    SignalHttpMiddleware,
  ],
})
export class SignallingModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(SignalHttpMiddleware).forRoutes({ path: '{*path}', method: RequestMethod.ALL });
  }
}
