import { type MiddlewareConsumer, Module, type NestModule, RequestMethod } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { RequestRate } from './request-rate.js';
import { RoomService } from './room-service.js';
import { ServerApiSettings } from './server-api-settings.js';
import { TwirpMiddleware } from './twirp.middleware.js';
import { TwirpRoutes } from './twirp-routes.js';

/** LiveKit's server API over the live rooms. */
@Module({
  imports: [AccessModule, RoomsModule],
  providers: [
    { provide: ServerApiSettings, useFactory: () => ServerApiSettings.fromEnvironment(process.env) },
    RequestRate,
    RoomService,
    TwirpRoutes,
    TwirpMiddleware,
  ],
})
export class ServerApiModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(TwirpMiddleware).forRoutes({ path: 'twirp/{*path}', method: RequestMethod.ALL });
  }
}
