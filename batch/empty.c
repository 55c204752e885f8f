/*
 * batch/empty.c
 *	Holds the place.
 */
int room_batch_stands;
