/*
 * core/meta/empty.c
 *	Holds the place of the room until its first file stands.
 */
int room_meta_stands;
