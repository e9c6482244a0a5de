/** amqplib's, in a file of its own, which is loaded for the first connection: a container on the embedded broker needs none of it. */
export { connect } from 'amqplib';
