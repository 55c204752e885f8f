/*
 * core/io/empty.c
 *	Holds the place of the room until its first file stands.
 */
int room_io_stands;
