import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { optionsOf } from './options.mjs';

/**
 * Starts a microservice with one controller, whose methods handle the patterns of the same names. Decorators are called by hand, since this is plain JavaScript.
 *
 * @param {object} options
 * @param {string} options.url
 * @param {string} options.queue
 * @param {string | undefined} [options.mode]
 * @param {Record<string, (message: any) => unknown>} [options.requests] answered and acknowledged
 * @param {Record<string, (message: any) => unknown>} [options.events] acknowledged
 */
export async function microservice({ url, queue, mode, requests = {}, events = {} }) {
  class Handlers {}
  const add = (pattern, handler, decorator) => {
    Handlers.prototype[pattern] = (message, context) => {
      const result = handler(message);
      context.getChannelRef().ack(context.getMessage());
      return result;
    };
    Payload()(Handlers.prototype, pattern, 0);
    Ctx()(Handlers.prototype, pattern, 1);
    decorator(pattern)(
      Handlers.prototype,
      pattern,
      Object.getOwnPropertyDescriptor(Handlers.prototype, pattern),
    );
  };
  for (const [pattern, handler] of Object.entries(requests)) add(pattern, handler, MessagePattern);
  for (const [pattern, handler] of Object.entries(events)) add(pattern, handler, EventPattern);
  Controller()(Handlers);
  class App {}
  Module({ controllers: [Handlers] })(App);
  const shared = optionsOf(url, queue, mode);
  const app = await NestFactory.createMicroservice(App, {
    ...shared,
    options: { ...shared.options, noAck: false },
    logger: ['error', 'warn'],
  });
  await app.listen();
  return app;
}
